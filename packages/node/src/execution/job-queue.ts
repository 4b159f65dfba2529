import { executionBusy } from './execution-errors.ts';

/** A validator asks for one job at a time, a few more when rounds change, and a row of sixteen while it catches up. */
const MAX_WAITING = 32;

/** Runs jobs one after another in the order in which they were asked for. */
export class JobQueue {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /**
   * What `job` resolves to, once all before it have ended.
   *
   * @throws HeddleError `EXECUTION_BUSY`; whatever `job` throws
   */
  run<T>(job: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_WAITING) return Promise.reject(executionBusy(this.#waiting));
    this.#waiting++;
    const turn = this.#last.then(job).finally(() => this.#waiting--);
    this.#last = turn.catch(() => undefined); // whoever asked hears of it; the next job still has its turn
    return turn;
  }
}
