import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect } from 'vitest';

const FILE = join(import.meta.dirname, '../../../../docs/schemas/replay.schema.json');
const judge = new Ajv({ strict: true, allErrors: true }).compile(JSON.parse(readFileSync(FILE, 'utf8')));

/** Expects `json` to have the form that docs/schemas/replay.schema.json promises. */
export function expectReplaySchema(json: unknown): void {
  judge(json);
  expect(judge.errors ?? []).toEqual([]);
}
