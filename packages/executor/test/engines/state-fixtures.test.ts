import { createRandom, fixtureFolder, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { checkCase, fixtureFiles, perFork, sampleCases } from '../support/state-fixtures.ts';

const folder = fixtureFolder('state-eest');
const count = 200;

// All of them: packages/node/test-ci/conformance. Here the roots are those of @ethereumjs/mpt.
describe.skipIf(folder === undefined).each(ENGINES)('official state tests on $name', ({ createEngine }) => {
  it(`give the recorded state root and logs in ${count} of them`, { timeout: 600_000 }, async () => {
    const random = createRandom(seedFromEnvironment('state tests'));
    const engineFor = perFork(createEngine);
    const failures: string[] = [];
    for (const testCase of sampleCases(fixtureFiles(folder as string), count, random)) {
      const failure = await checkCase(testCase, engineFor);
      if (failure !== undefined) failures.push(`${testCase.name}: ${failure}`);
    }
    expect(failures).toEqual([]);
  });
});
