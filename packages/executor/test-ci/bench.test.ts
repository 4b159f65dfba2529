import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@heddle/testkit';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
/** Two workloads, and few sides of each: every one is a process. */
const ONLY = '^(erc20-hot-recipient (stock plain|ethereumjs 2)|loop-keccak ethereumjs plain)$';

test('a quick run of the benchmark writes results of the form that its schema promises', async () => {
  const folder = temporaryDirectory('bench-test');
  const file = join(folder.path, 'results.json');
  const program = join(ROOT, 'packages/executor/bench/engines.mjs');
  const flags = ['--quick', '--only', ONLY, '--json', file];
  const child = spawn(process.execPath, [program, ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += String(chunk);
  });
  const [code] = await once(child, 'close');
  expect({ code, said }).toEqual({ code: 0, said: '' });

  const results = JSON.parse(readFileSync(file, 'utf8'));
  const schema = JSON.parse(readFileSync(join(ROOT, 'docs/schemas/bench.schema.json'), 'utf8'));
  const judge = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true }).compile(schema);
  judge(results);
  expect(judge.errors ?? []).toEqual([]);
  const rows = results.rows.map(({ workload, engine, workers }: Record<string, unknown>) => {
    return `${workload} ${engine} ${workers}`;
  });
  expect(rows).toEqual([
    'erc20-hot-recipient stock plain',
    'erc20-hot-recipient ethereumjs 2',
    'loop-keccak ethereumjs plain',
  ]);
  folder.remove();
});
