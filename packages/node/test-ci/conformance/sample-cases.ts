import type { Random } from '@heddle/testkit';
import type { ConformanceCase } from '../../src/conformance/run-cases.ts';

/** One of `stride` cases, drawn by `random`, and whatever is broken or of another kind. */
export function* sampleCases(
  cases: Iterable<ConformanceCase>,
  stride: number,
  random: Random,
): Generator<ConformanceCase> {
  for (const one of cases) if (one.fork === null || random.int(1, stride) === 1) yield one;
}
