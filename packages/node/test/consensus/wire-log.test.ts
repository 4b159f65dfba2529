import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeddleError } from '@heddle/primitives';
import { temporaryDirectory } from '@heddle/testkit';
import { afterAll, expect, it } from 'vitest';
import { openWireLog } from '../../src/consensus/wire-log.ts';

const directory = temporaryDirectory('wire-log');
afterAll(() => directory.remove());

const STATUS = Uint8Array.of(1, 9);
const VOTE = Uint8Array.of(2, 7, 7);
const PROPOSAL = Uint8Array.of(3, 5);

it('keeps every vote and proposal with its way, and no status', () => {
  const folder = join(directory.path, 'made', 'at need');
  const log = openWireLog(folder, 'validator-0', () => undefined);
  log.note('sent', 'alice', VOTE);
  log.note('sent', 'alice', STATUS);
  log.note('received', 'bob', PROPOSAL);
  const [file = '', ...others] = readdirSync(folder);
  expect(others).toEqual([]);
  expect(file).toBe(`validator-0-${process.pid}.wire`);
  const lines = readFileSync(join(folder, file), 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { at: expect.any(Number), direction: 'sent', peer: 'alice', message: '020707' },
    { at: expect.any(Number), direction: 'received', peer: 'bob', message: '0305' },
  ]);
  log.close();
  log.note('sent', 'alice', VOTE); // after the end: nothing, and no error
  expect(readFileSync(join(folder, file), 'utf8').trimEnd().split('\n')).toHaveLength(2);
});

it('says where no log can be kept', () => {
  const file = join(directory.path, 'made', 'at need', `validator-0-${process.pid}.wire`);
  expect(() => openWireLog(join(file, 'below'), 'validator-1', () => undefined)).toThrow(HeddleError);
});
