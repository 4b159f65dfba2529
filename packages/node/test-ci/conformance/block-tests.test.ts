import { createEthereumjsEngine } from '@heddle/executor';
import { createRandom, fixtureFolder, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { blockTests } from '../../src/conformance/block-test.ts';
import { fixtureFiles } from '../../src/conformance/fixture-files.ts';
import { type ConformanceCase, runCases } from '../../src/conformance/run-cases.ts';

/** One case in so many; the nightly suite takes all of them (five minutes). */
const STRIDE = Number(process.env.HEDDLE_BLOCK_TESTS_STRIDE ?? (process.env.HEDDLE_SUITE === 'nightly' ? 1 : 10));

describe.each(['blockchain-legacy', 'blockchain-eest'])('official block tests of %s', (set) => {
  const folder = fixtureFolder(set);

  it.skipIf(folder === undefined)(
    `are accepted and refused as they say, one of ${STRIDE}`,
    { timeout: 3_600_000 },
    async () => {
      const random = createRandom(seedFromEnvironment(`block tests of ${set}`, 11));
      const chosen = sample(
        blockTests(fixtureFiles([folder as string]), createEthereumjsEngine),
        () => random.int(1, STRIDE) === 1,
      );
      const lines: string[] = [];
      const summary = await runCases(chosen, {}, (line) => void lines.push(line));
      expect(lines.filter((line) => JSON.parse(line).pass === false)).toEqual([]);
      console.log(`${set}: ${JSON.stringify(summary)}`);
      expect(summary.passed).toBeGreaterThan(0);
    },
  );
});

function* sample(cases: Iterable<ConformanceCase>, isChosen: () => boolean): Generator<ConformanceCase> {
  for (const one of cases) if (isChosen()) yield one;
}
