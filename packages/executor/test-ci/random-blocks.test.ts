import { seedFromEnvironment } from '@heddle/testkit';
import { describe, it } from 'vitest';
import { checkRandomBlocks } from '../test/parallel/check-random-blocks.ts';

const BLOCKS = Number(process.env.HEDDLE_BLOCKS ?? (process.env.HEDDLE_SUITE === 'nightly' ? 5_000 : 2_000));

describe('random blocks with random conflicts', () => {
  it(`give what stock execution gives on 1, 2 and 4 workers (${BLOCKS} blocks)`, { timeout: 3_600_000 }, async () => {
    await checkRandomBlocks(BLOCKS, seedFromEnvironment('random blocks', 2));
  });
});
