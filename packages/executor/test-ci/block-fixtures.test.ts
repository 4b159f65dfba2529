import { createRandom, fixtureFolder, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { checkBlocks, sampleBlockCases } from '../test/support/block-fixtures.ts';
import { fixtureFiles } from '../test/support/state-fixtures.ts';

const folder = fixtureFolder('blockchain-eest');
/** One case a file at most; the nightly suite takes one of every file. */
const count = Number(process.env.HEDDLE_BLOCK_CASES ?? (process.env.HEDDLE_SUITE === 'nightly' ? 1_000 : 300));

describe.skipIf(folder === undefined)('official block tests of Prague and Osaka', () => {
  it(`gives the recorded roots, gas and requests in ${count} of them`, { timeout: 3_600_000 }, async () => {
    const random = createRandom(seedFromEnvironment('block tests', 11));
    const failures: string[] = [];
    for (const testCase of sampleBlockCases(fixtureFiles(folder as string), count, random)) {
      const failure = await checkBlocks(testCase);
      if (failure !== undefined) failures.push(`${testCase.name}: ${failure}`);
    }
    expect(failures).toEqual([]);
  });
});
