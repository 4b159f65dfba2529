import type { Random } from '@heddle/testkit';
import type { ConformanceCase } from '../../src/conformance/run-cases.ts';

/** One of `stride` cases, drawn by `random`. */
export function* sampleCases(
  cases: Iterable<ConformanceCase>,
  stride: number,
  random: Random,
): Generator<ConformanceCase> {
  for (const one of cases) if (random.int(1, stride) === 1) yield one;
}
