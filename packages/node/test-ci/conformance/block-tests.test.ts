import { namedEngine } from '@heddle/executor';
import { ENGINE_NAMES, type EngineName } from '@heddle/primitives';
import { createRandom, fixtureFolder, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { blockTests } from '../../src/conformance/block-test.ts';
import { fixtureFiles } from '../../src/conformance/fixture-files.ts';
import { runCases } from '../../src/conformance/run-cases.ts';
import { sampleCases } from './sample-cases.ts';

/** One case in so many; the nightly suite takes all of them (five minutes for each engine). */
const STRIDE: Readonly<Record<EngineName, number>> =
  process.env.HEDDLE_SUITE === 'nightly' ? { wasm: 1, ethereumjs: 1 } : { wasm: 10, ethereumjs: 30 };
const OWN_STRIDE = process.env.HEDDLE_BLOCK_TESTS_STRIDE;

describe.each(ENGINE_NAMES)('official block tests on the engine %s', (engine) => {
  const stride = OWN_STRIDE === undefined ? STRIDE[engine] : Number(OWN_STRIDE);

  it.for(['blockchain-legacy', 'blockchain-eest'])(
    `are accepted and refused as they say, one of ${stride}: %s`,
    { timeout: 3_600_000 },
    async (set, { skip }) => {
      const folder = fixtureFolder(set);
      if (folder === undefined) return skip();
      const random = createRandom(seedFromEnvironment(`block tests of ${set}`, 11));
      const cases = blockTests(fixtureFiles([folder]), namedEngine(engine));
      const lines: string[] = [];
      const summary = await runCases(sampleCases(cases, stride, random), {}, (line) => void lines.push(line));
      expect(lines.filter((line) => JSON.parse(line).pass === false)).toEqual([]);
      console.log(`${set} on ${engine}: ${JSON.stringify(summary)}`);
      expect(summary.passed).toBeGreaterThan(0);
    },
  );
});
