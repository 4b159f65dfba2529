import { seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { checkRandomBlocks, LEAST_REEXECUTING } from './check-random-blocks.ts';

const BLOCKS = Number(process.env.HEDDLE_BLOCKS ?? 500);

describe('random blocks with random conflicts', () => {
  it(`give what stock execution gives on 1, 2 and 4 workers (${BLOCKS} blocks)`, { timeout: 3_600_000 }, async () => {
    const tally = await checkRandomBlocks(BLOCKS, seedFromEnvironment('random blocks', 1));
    const [zero = 0, one = 0] = tally.runs;
    expect(Math.min(zero, one) / (zero + one), 'each of two workers runs a quarter').toBeGreaterThanOrEqual(1 / 4);
    expect(tally.reExecuting / tally.blocks, 'blocks run something again').toBeGreaterThanOrEqual(LEAST_REEXECUTING);
    expect(tally.disjointReExecutions, 'nothing is run again where nobody meets').toBe(0);
  });
});
