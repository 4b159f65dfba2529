import { namedEngine } from '@heddle/executor';
import { ENGINE_NAMES, type EngineName } from '@heddle/primitives';
import { createRandom, fixtureFolder, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { fixtureFiles } from '../../src/conformance/fixture-files.ts';
import { runCases } from '../../src/conformance/run-cases.ts';
import { stateTests } from '../../src/conformance/state-test.ts';
import { sampleCases } from './sample-cases.ts';

/** One case in so many; the nightly suite takes all of them (half an hour for each engine). */
const STRIDE: Readonly<Record<EngineName, number>> =
  process.env.HEDDLE_SUITE === 'nightly' ? { wasm: 1, ethereumjs: 1 } : { wasm: 30, ethereumjs: 300 };
const OWN_STRIDE = process.env.HEDDLE_STATE_TESTS_STRIDE;

describe.each(ENGINE_NAMES)('official state tests on the engine %s', (engine) => {
  const stride = OWN_STRIDE === undefined ? STRIDE[engine] : Number(OWN_STRIDE);

  it.for(['state-eest', 'state-legacy'])(
    `leave the state and the logs that they say, one of ${stride}: %s`,
    { timeout: 3_600_000 },
    async (set, { skip }) => {
      const folder = fixtureFolder(set);
      if (folder === undefined) return skip();
      const random = createRandom(seedFromEnvironment(`state tests of ${set}`, 11));
      const cases = stateTests(fixtureFiles([folder]), namedEngine(engine));
      const lines: string[] = [];
      const summary = await runCases(sampleCases(cases, stride, random), {}, (line) => void lines.push(line));
      expect(lines.filter((line) => JSON.parse(line).pass === false)).toEqual([]);
      console.log(`${set} on ${engine}: ${JSON.stringify(summary)}`);
      expect(summary.passed).toBeGreaterThan(0);
    },
  );
});
