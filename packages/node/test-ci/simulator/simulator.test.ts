import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@heddle/testkit';
import { afterAll, describe, expect, it } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../../../../scripts/simulate.mjs');
const IS_NIGHTLY = process.env.HEDDLE_SUITE === 'nightly';
/** A thousand take three to five minutes on two cores. */
const SEEDS = IS_NIGHTLY ? 10_000 : 1_000;
const HEIGHTS = 30;
const SIZES = [4, 7];
/** Each planted error is found by one of so many seeds. */
const SEEDS_FOR_MUTATIONS = 60;

const folder = temporaryDirectory('simulator');
afterAll(() => folder.remove());

/** Runs the simulator, its output on the terminal; gives its exit code and what it wrote down. Ends with its test. */
async function simulate<T>(
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly code: number | null; readonly figures: T }> {
  const json = join(folder.path, 'figures.json');
  const child = spawn(process.execPath, [SCRIPT, ...args, '--json', json], {
    stdio: ['ignore', 'inherit', 'inherit'],
    signal,
  });
  const [code] = await once(child, 'exit');
  return { code, figures: JSON.parse(readFileSync(json, 'utf8')) };
}

interface Figures {
  readonly seeds: number;
  readonly heights: number;
  readonly lateHeights: number;
  readonly crashes: number;
  readonly partitions: number;
  readonly seedsWithTenActs: number;
  readonly roundsAfterFaults: number;
  readonly breach: unknown;
}

describe('the consensus driver in the simulator', () => {
  it('breaks no rule under faults of every kind, and the faults are not few', async ({ signal }) => {
    const seed = process.env.HEDDLE_SEED ?? '1';
    const sizes = SIZES.join();
    const args = ['--corpus', '--seeds', `${SEEDS}`, '--validators', sizes, '--heights', `${HEIGHTS}`, '--seed', seed];
    const { code, figures } = await simulate<Figures>(args, signal);
    expect(figures.breach).toBeUndefined();
    expect(code).toBe(0);
    expect(figures.seeds).toBeGreaterThanOrEqual(SEEDS * SIZES.length);
    expect(figures.heights).toBeGreaterThanOrEqual(SEEDS * SIZES.length * HEIGHTS);
    expect(figures.lateHeights / figures.heights).toBeGreaterThanOrEqual(1 / 5);
    expect(figures.crashes / figures.seeds).toBeGreaterThanOrEqual(2);
    expect(figures.partitions / figures.seeds).toBeGreaterThanOrEqual(1);
    expect(figures.seedsWithTenActs / figures.seeds).toBeGreaterThanOrEqual(1 / 2);
    expect(figures.roundsAfterFaults).toBeLessThanOrEqual(10);
  });

  it('is caught with any of the planted errors', async ({ signal }) => {
    const seeds = ['--seeds', `${SEEDS_FOR_MUTATIONS}`, '--seed', 'm', '--heights', `${HEIGHTS}`];
    const { figures } = await simulate<readonly { readonly name: string; readonly rule?: string }[]>(
      ['--mutation', 'all', ...seeds],
      signal,
    );
    expect(figures.filter(({ rule }) => rule === undefined).map(({ name }) => name)).toEqual([]);
    expect(figures.length).toBeGreaterThanOrEqual(12);
  });
});
