import { namedEngine } from '@heddle/executor';
import { HeddleError } from '@heddle/primitives';
import { createRandom, fixtureFolder, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { type FixtureFile, fixtureFiles } from '../../src/conformance/fixture-files.ts';
import { stateTests } from '../../src/conformance/state-test.ts';
import { stepLines } from '../../src/conformance/step-lines.ts';

/** Files of which one case each is traced. */
const FILES = Number(process.env.HEDDLE_TRACED_FILES ?? (process.env.HEDDLE_SUITE === 'nightly' ? 1_000 : 60));
/** Of one case; what comes after is not looked at. Stock writes some 20,000 lines a second. */
const MOST_LINES = 4_000;

/** Stock has one word for some of these, and looks at gas first where geth looks at the stack. */
const UNCLEAR =
  /"error":"(write protection|return data out of bounds|out of gas|max initcode size exceeded|stack underflow|stack limit[^"]*)"/;

/** Runs cases on an engine that traces, and keeps the lines of one at a time. */
function tracedCases(engine: 'wasm' | 'ethereumjs', files: readonly FixtureFile[]) {
  const lines: string[] = [];
  const tracer = stepLines((line) => {
    if (lines.length === MOST_LINES) throw new HeddleError('TRACE_LONG_ENOUGH', 'no more lines are looked at');
    lines.push(line.replace(UNCLEAR, '"error":"failed"'));
  });
  return { cases: [...stateTests(files, (rules) => namedEngine(engine)(rules, { tracer }))], lines };
}

describe('the steps of official state tests', () => {
  it.for(['state-eest', 'state-legacy'])(
    'are the same on both engines, one case of some files: %s',
    { timeout: 3_600_000 },
    async (set, { skip }) => {
      const folder = fixtureFolder(set);
      if (folder === undefined) return skip();
      const random = createRandom(seedFromEnvironment(`steps of ${set}`, 11));
      const seen = { cases: 0, lines: 0, deep: 0, halted: 0, cut: 0 };
      for (const file of random.shuffle(fixtureFiles([folder])).slice(0, FILES)) {
        const [wasm, stock] = [tracedCases('wasm', [file]), tracedCases('ethereumjs', [file])];
        const index = random.int(0, wasm.cases.length - 1);
        for (const { cases } of [wasm, stock]) await cases[index]?.run().catch(ignoreCut);
        const { name, fork, index: which } = wasm.cases[index] ?? {};
        expect(wasm.lines, `${name} ${fork} ${which} of ${file.path}`).toEqual(stock.lines);
        count(seen, wasm.lines);
      }
      console.log(`${set}: ${JSON.stringify(seen)}`);
      expect(seen.lines).toBeGreaterThan(FILES * 20);
      expect(seen.deep).toBeGreaterThan(FILES / 10);
      expect(seen.halted).toBeGreaterThan(0);
      expect(seen.cut).toBeLessThan(FILES / 4);
    },
  );
});

function ignoreCut(error: unknown): void {
  if (!(error instanceof HeddleError && error.code === 'TRACE_LONG_ENOUGH')) throw error;
}

function count(seen: Record<'cases' | 'lines' | 'deep' | 'halted' | 'cut', number>, lines: readonly string[]): void {
  seen.cases++;
  seen.lines += lines.length;
  if (lines.some((line) => line.includes('"depth":2'))) seen.deep++;
  if (lines.some((line) => line.includes('"error":'))) seen.halted++;
  if (lines.length === MOST_LINES) seen.cut++;
}
