import type { BlockResult } from '@heddle/executor';
import { assert, type Hash } from '@heddle/primitives';
import type { PlainRun } from './run-plainly.ts';

/** What the runs of a block took; of their results only one is kept. */
export interface Measurements {
  readonly plain: readonly Pick<PlainRun, 'wallMs' | 'transactionMs'>[];
  readonly oneWorker: readonly ParallelTimes[];
  /** The same as `oneWorker` where no more are asked for. */
  readonly parallel: readonly ParallelTimes[];
  /** Of a run that ends in another state than plain execution, if there was one; else of the last one. */
  readonly result: BlockResult;
}

/** Of one run with versions. */
export interface ParallelTimes {
  readonly wallMs: number;
  readonly incarnations: number;
  readonly reExecutions: number;
  readonly deferrals: number;
}

/** Takes down runs as they end. */
export class MeasurementBook {
  readonly #plainStateRoot: Hash;
  #plain: Measurements['plain'][number][] = [];
  #oneWorker: ParallelTimes[] = [];
  #parallel: ParallelTimes[] = [];
  #result: BlockResult | undefined;

  constructor(plainStateRoot: Hash) {
    this.#plainStateRoot = plainStateRoot;
  }

  addPlain({ wallMs, transactionMs }: PlainRun): void {
    this.#plain.push({ wallMs, transactionMs });
  }

  addOneWorker(result: BlockResult): void {
    this.#oneWorker.push(this.#times(result));
  }

  addParallel(result: BlockResult): void {
    this.#parallel.push(this.#times(result));
  }

  /** What was so far was for warming up. */
  forgetTimes(): void {
    this.#plain = [];
    this.#oneWorker = [];
    this.#parallel = [];
  }

  close(): Measurements {
    assert(this.#result !== undefined, 'each way is run at least once');
    const parallel = this.#parallel.length === 0 ? this.#oneWorker : this.#parallel;
    return { plain: this.#plain, oneWorker: this.#oneWorker, parallel, result: this.#result };
  }

  #times(result: BlockResult): ParallelTimes {
    const isDifferent = this.#result !== undefined && this.#result.stateRoot !== this.#plainStateRoot;
    if (!isDifferent) this.#result = result;
    const { wallMs, incarnations, reExecutions } = result.figures;
    return { wallMs, incarnations, reExecutions, deferrals: result.accesses?.deferrals ?? 0 };
  }
}
