import { createRandom, fixtureFolder, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { fixtureFiles } from '../../src/conformance/fixture-files.ts';
import { runCases } from '../../src/conformance/run-cases.ts';
import { stateTests } from '../../src/conformance/state-test.ts';
import { sampleCases } from './sample-cases.ts';
import { go, inThisSuite, nameOf, type Way } from './ways.ts';

/** All cases take half an hour each way. */
const WAYS: readonly Way[] = [
  { engine: 'wasm', workers: 1, stride: 60 },
  { engine: 'wasm', stride: 60 },
  { engine: 'ethereumjs', stride: 300 },
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
      await go(way, async (createEngine, speculation) => {
        const cases = stateTests(fixtureFiles([folder]), createEngine, speculation);
        const lines: string[] = [];
        const summary = await runCases(sampleCases(cases, way.stride, random), {}, (line) => void lines.push(line));
        expect(lines.filter((line) => JSON.parse(line).pass === false)).toEqual([]);
        console.log(`${set} on ${name}: ${JSON.stringify(summary)}`);
        expect(summary.passed).toBeGreaterThan(0);
      });
    },
  );
});
