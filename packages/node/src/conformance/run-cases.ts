import { setImmediate as nextTurn } from 'node:timers/promises';
import { HeddleError } from '@heddle/primitives';
import { casesNotFound } from './conformance-errors.ts';

/** One case of an official test: made by a reader of its kind of file, judged by {@link runCases}. */
export interface ConformanceCase {
  /** As the file spells it. */
  readonly name: string;
  /** The fork or network, as the file spells it; null: nobody knows, its file or test is malformed. No filter leaves it out. */
  readonly fork: string | null;
  /** Which of the transactions of its test and fork; absent: the test has no more than one. */
  readonly index?: number;
  run(): Promise<CaseVerdict>;
}

/** How a case ended, in words; `skipped` says why it cannot be judged here. */
export type CaseVerdict =
  | {
      readonly expected: string;
      readonly actual: string;
      readonly pass: boolean;
      /** Of a failed case whose file says more than a hash: where the two part. */
      readonly difference?: string;
    }
  | { readonly skipped: string };

/** Which cases are run; absent: all. */
export interface CaseFilter {
  /** Found anywhere in the name. */
  readonly run?: RegExp;
  /** Equal to the fork but for case. */
  readonly fork?: string;
}

/** How many cases ended how. */
export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** How a run ended. */
export interface CaseRun extends Summary {
  /** Cases were left, since the signal was aborted. */
  readonly interrupted: boolean;
}

/** How {@link runCases} is watched. */
export interface CaseRunOptions {
  /** What the last line says besides. */
  readonly more?: () => object | undefined;
  /** Aborted: no further case is begun, and the last line says so. */
  readonly signal?: AbortSignal;
}

/**
 * Runs the cases that `filter` lets through, one after another, and writes one line of JSON for each: name, fork, index
 * (where there is one), pass, expected, actual, difference (of some that failed); `pass` is null for a skipped one, which
 * says why in `skipped`. The summary is the last line.
 *
 * @throws HeddleError `CASES_NOT_FOUND` after it when there was none to run: a slip of the pen must not pass for success
 */
export async function runCases(
  cases: Iterable<ConformanceCase>,
  filter: CaseFilter,
  write: (line: string) => void,
  { more, signal }: CaseRunOptions = {},
): Promise<CaseRun> {
  const summary = { passed: 0, failed: 0, skipped: 0 };
  const met = { count: 0, forks: new Set<string>() };
  let ran = 0; // of those that are tests
  let interrupted = false;
  for (const one of cases) {
    if (signal !== undefined) await nextTurn(); // cases keep to microtasks, in which no signal of the system is heard
    if (signal?.aborted) {
      interrupted = true;
      break;
    }
    const { name, fork, index } = one;
    if (fork !== null) {
      met.count++;
      met.forks.add(fork);
      if (!isWanted(name, fork, filter)) continue;
      ran++;
    }
    const verdict = await judge(one);
    if ('skipped' in verdict) {
      summary.skipped++;
      write(JSON.stringify({ name, fork, index, pass: null, skipped: verdict.skipped }));
      continue;
    }
    summary[verdict.pass ? 'passed' : 'failed']++;
    write(JSON.stringify({ name, fork, index, ...verdict }));
  }
  write(JSON.stringify({ summary, ...(interrupted && { interrupted }), ...more?.() }));
  if (!interrupted && ran + summary.failed === 0) throw casesNotFound(filter, met);
  return { ...summary, interrupted };
}

function isWanted(name: string, fork: string, filter: CaseFilter): boolean {
  if (filter.run && !filter.run.test(name)) return false;
  return filter.fork === undefined || filter.fork.toLowerCase() === fork.toLowerCase();
}

/** What is malformed within a test fails that test, not the others. */
async function judge(one: ConformanceCase): Promise<CaseVerdict> {
  try {
    return await one.run();
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error;
    return { pass: false, expected: 'a test that can be run', actual: error.message };
  }
}
