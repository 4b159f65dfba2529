import { createRandom, fixtureFolder, seedFromEnvironment } from '@heddle/testkit';
import { describe, it } from 'vitest';
import { stateTests } from '../../src/conformance/state-test.ts';
import { checkCases, inThisSuite, nameOf, type Way } from './ways.ts';

/** All cases take half an hour each way. */
const WAYS: readonly Way[] = [
  { engine: 'wasm', workers: 1, stride: 60 },
  { engine: 'wasm', isHot: true, stride: 60 },
  { engine: 'ethereumjs', stride: 33 },
];

const ways = WAYS.map((way) => inThisSuite(way, process.env.HEDDLE_STATE_TESTS_STRIDE));

describe.each(ways.map((way) => [nameOf(way), way] as const))('official state tests on %s', (name, way) => {
  it.for(['state-eest', 'state-legacy'])(
    'leave the state and the logs that they say: %s',
    { timeout: 7_200_000 },
    async (set, { skip }) => {
      const folder = fixtureFolder(set);
      if (folder === undefined) return skip();
      const random = createRandom(seedFromEnvironment(`state tests of ${set} on ${name}`, 11));
      await checkCases(stateTests, folder, { way, random });
    },
  );
});
