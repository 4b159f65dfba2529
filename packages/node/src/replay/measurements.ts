import type { BlockResult } from '@heddle/executor';
import { assert } from '@heddle/primitives';
import { parallelName } from './parallel-runs.ts';
import { PLAIN_NAME, type TimedOutcome } from './plain-runs.ts';
import { isSameOutcome, type NamedOutcome, type RunOutcome } from './run-outcome.ts';

/** What the runs of a block took and came to. */
export interface Measurements {
  readonly plainMs: readonly number[];
  readonly oneWorker: readonly ParallelTimes[];
  /** The same as `oneWorker` where no more are asked for. */
  readonly parallel: readonly ParallelTimes[];
  /** The last one with the most workers. */
  readonly last: BlockResult;
  /** The first of all runs that came to something else than it must; undefined: there was none. */
  readonly deviation: NamedOutcome | undefined;
}

/** Of one run with versions. */
export interface ParallelTimes {
  readonly wallMs: number;
  /** Of each transaction. */
  readonly timeNs: Float64Array;
  readonly incarnations: number;
  readonly reExecutions: number;
  readonly deferrals: number;
}

/** Takes down runs as they end, and compares each with what it must come to. */
export class MeasurementBook {
  readonly #expected: RunOutcome;
  #plainMs: number[] = [];
  readonly #parallel = new Map<number, ParallelTimes[]>();
  #last: BlockResult | undefined;
  #deviation: NamedOutcome | undefined;

  constructor(expected: RunOutcome) {
    this.#expected = expected;
  }

  addPlain({ outcome, wallMs }: TimedOutcome): void {
    this.#compare(PLAIN_NAME, outcome);
    this.#plainMs.push(wallMs);
  }

  /** Of one worker first, then of several where there are. */
  addParallel(workers: number, result: BlockResult): void {
    this.#compare(parallelName(workers), result);
    const { figures, accesses } = result;
    assert(accesses !== undefined, 'each run tells what transactions accessed');
    const { wallMs, incarnations, reExecutions } = figures;
    const times = this.#parallel.get(workers) ?? [];
    this.#parallel.set(workers, times);
    const { timeNs } = accesses.transactions;
    times.push({ wallMs, timeNs, incarnations, reExecutions, deferrals: accesses.deferrals });
    this.#last = result;
  }

  /** What was so far was for warming up. It was compared all the same. */
  forgetTimes(): void {
    this.#plainMs = [];
    this.#parallel.clear();
  }

  close(): Measurements {
    const [oneWorker, parallel = oneWorker] = [...this.#parallel.values()];
    assert(oneWorker !== undefined && parallel !== undefined && this.#last !== undefined, 'each way was run');
    return { plainMs: this.#plainMs, oneWorker, parallel, last: this.#last, deviation: this.#deviation };
  }

  #compare(name: string, outcome: RunOutcome): void {
    if (!isSameOutcome(outcome, this.#expected)) this.#deviation ??= { name, outcome };
  }
}
