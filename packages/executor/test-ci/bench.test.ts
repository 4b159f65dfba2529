import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { temporaryDirectory } from '@heddle/testkit';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
const PROGRAM = join(ROOT, 'packages/executor/bench/engines.mjs');
/** Two workloads, and few sides of each: every one is a process. */
const SIDES = '(stock plain|ethereumjs 2|wasm 2|anvil native)';
const ONLY = `^(erc20-hot-recipient ${SIDES}|loop-keccak ethereumjs plain)$`;
/** Runs a program of the benchmark: how it ended, and what it said. */
async function run(program: string, ...flags: string[]) {
  const child = spawn(process.execPath, [program, ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += String(chunk);
  });
  const [code] = await once(child, 'close');
  return { code, said };
}

/** Whether the binary is there: npm leaves it out where there is none for the machine. The benchmark asks /proc for its times. */
function hasAnvil(): boolean {
  const inAnvil = createRequire(join(ROOT, 'node_modules/@foundry-rs/anvil/package.json'));
  try {
    inAnvil.resolve(`@foundry-rs/anvil-linux-${process.arch === 'x64' ? 'amd64' : process.arch}/bin/anvil`);
    return process.platform === 'linux';
  } catch {
    return false;
  }
}

test('a quick run of the benchmark writes results of the form that its schema promises', async () => {
  const folder = temporaryDirectory('bench-test');
  const file = join(folder.path, 'results.json');
  const withAnvil = hasAnvil();
  const flags = ['--quick', '--only', ONLY, '--json', file, ...(withAnvil ? ['--vs', 'anvil'] : [])];
  expect(await run(PROGRAM, ...flags)).toEqual({ code: 0, said: '' });

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
    'erc20-hot-recipient wasm 2',
    ...(withAnvil ? ['erc20-hot-recipient anvil native'] : []),
    'loop-keccak ethereumjs plain',
  ]);
  folder.remove();
});

test.each([
  ['an unknown flag', PROGRAM, ['--bogus'], "bench: Unknown option '--bogus'"],
  ['no regular expression', PROGRAM, ['--only', '('], 'bench: Invalid regular expression: /(/'],
  ['no such row', PROGRAM, ['--list', '--only', 'zzz'], 'bench: --only zzz: no row has such a name'],
  ['no folder', join(ROOT, 'packages/executor/bench/steady.mjs'), ['--help'], 'steady: give a folder'],
])('one line says what is wrong: %s', async (_, program, flags, line) => {
  const { code, said } = await run(program, ...flags);
  expect(code).toBe(1);
  expect(said.startsWith(line)).toBe(true);
  expect(said.trim().split('\n')).toHaveLength(1);
});
