import { createRandom, fixtureFolder, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { checkCase, fixtureFiles, sampleCases } from '../test/support/state-fixtures.ts';

const folder = fixtureFolder('state-eest');
const count = Number(process.env.HEDDLE_CASES ?? 2_000);

describe.skipIf(folder === undefined)('official state tests', () => {
  it(`gives the recorded state root and logs in ${count} of them`, { timeout: 3_600_000 }, async () => {
    const random = createRandom(seedFromEnvironment('state tests', 11));
    const failures: string[] = [];
    for (const testCase of sampleCases(fixtureFiles(folder as string), count, random)) {
      const failure = await checkCase(testCase);
      if (failure !== undefined) failures.push(`${testCase.name}: ${failure}`);
    }
    expect(failures).toEqual([]);
  });
});
