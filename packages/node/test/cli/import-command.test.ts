import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { namedEngine } from '@heddle/executor';
import { DEFAULT_ENGINE } from '@heddle/primitives';
import { temporaryDirectory } from '@heddle/testkit';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';

vi.mock('@heddle/executor', async (load) => {
  const actual = await load<typeof import('@heddle/executor')>();
  return { ...actual, namedEngine: vi.fn(actual.namedEngine) };
});

const scratch = temporaryDirectory('import-command');
const genesis = join(scratch.path, 'genesis.json');
let errors: string[] = [];

beforeEach(() => {
  errors = [];
  vi.spyOn(console, 'error').mockImplementation((line) => void errors.push(line));
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  writeFileSync(genesis, JSON.stringify({ config: { chainId: 1 } }));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.mocked(namedEngine).mockClear();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
});
afterAll(() => scratch.remove());

/** The exit code of `heddle import` into a new folder. */
async function importGenesis(name: string, ...options: string[]): Promise<number> {
  const startNode = () => Promise.reject(new RangeError('no node is asked for'));
  const datadir = join(scratch.path, name);
  return runProgram(['import', '--genesis', genesis, '--datadir', datadir, ...options], { startNode });
}

describe('heddle import', () => {
  it('runs blocks on the engine that is asked for, else on the default one', async () => {
    expect(await importGenesis('chosen', '--engine', 'ethereumjs')).toBe(0);
    expect(vi.mocked(namedEngine).mock.calls).toEqual([['ethereumjs']]);
    expect(await importGenesis('default')).toBe(0);
    expect(vi.mocked(namedEngine).mock.calls[1]).toEqual([DEFAULT_ENGINE]);
    expect(await importGenesis('wrong', '--engine', 'revm')).toBe(1);
    expect(errors).toEqual([expect.stringContaining('Allowed choices are ethereumjs, wasm')]);
  });
});
