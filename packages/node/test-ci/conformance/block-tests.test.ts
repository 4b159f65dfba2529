import { createRandom, fixtureFolder, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { blockTests } from '../../src/conformance/block-test.ts';
import { checkCases, inThisSuite, nameOf, type Way } from './ways.ts';

/** All cases take five minutes and more each way. */
const WAYS: readonly Way[] = [
  { engine: 'wasm', workers: 1, stride: 30 },
  { engine: 'wasm', workers: 2, stride: 20 },
  { engine: 'wasm', stride: 60 },
  { engine: 'ethereumjs', stride: 30 },
  ...(process.env.HEDDLE_SUITE === 'nightly' ? [{ engine: 'wasm' as const, workers: 4, stride: 1 }] : []),
];

const ways = WAYS.map((way) => inThisSuite(way, process.env.HEDDLE_BLOCK_TESTS_STRIDE));

describe.each(ways.map((way) => [nameOf(way), way] as const))('official block tests on %s', (name, way) => {
  it.for(['blockchain-legacy', 'blockchain-eest'])(
    'are accepted and refused as they say: %s',
    { timeout: 7_200_000 },
    async (set, { skip }) => {
      const folder = fixtureFolder(set);
      if (folder === undefined) return skip();
      const random = createRandom(seedFromEnvironment(`block tests of ${set} on ${name}`, 11));
      const counts = await checkCases(blockTests, folder, { way, random });
      if (counts === undefined) return;
      const busy = counts.runsPerWorker.filter((runs) => runs > 0);
      const most = way.stride === 1 ? 3 : 2; // in fewer than a hundred cases of a set a block has three transactions
      expect(busy.length, 'workers that ran transactions').toBeGreaterThanOrEqual(Math.min(way.workers ?? 1, most));
    },
  );
});
