import { createRandom, fixtureFolder, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { checkCase, fixtureFiles, readCases, type StateCase, sampleCases } from '../test/support/state-fixtures.ts';

const folder = fixtureFolder('state-eest');
/** HEDDLE_CASES: how many, or `all`; the nightly suite takes all of them (about ten minutes). */
const wanted = process.env.HEDDLE_CASES ?? (process.env.HEDDLE_SUITE === 'nightly' ? 'all' : '2000');

describe.skipIf(folder === undefined)('official state tests', () => {
  it(`gives the recorded state root and logs in ${wanted} of them`, { timeout: 3_600_000 }, async () => {
    const failures: string[] = [];
    for (const testCase of chosenCases(fixtureFiles(folder as string))) {
      const failure = await checkCase(testCase);
      if (failure !== undefined) failures.push(`${testCase.name}: ${failure}`);
    }
    expect(failures).toEqual([]);
  });
});

function* chosenCases(files: readonly string[]): Generator<StateCase> {
  if (wanted === 'all') for (const file of files) yield* readCases(file);
  else yield* sampleCases(files, Number(wanted), createRandom(seedFromEnvironment('state tests', 11)));
}
