import type { EngineName, Hash } from '@heddle/primitives';
import { sharedNow } from './clock.ts';
import { executionFailed } from './errors.ts';
import { GAS_LIMIT_REACHED } from './plain/execute-plainly.ts';
import type { Core } from './shared-memory/core.ts';
import type { FlatCache } from './shared-memory/flat-cache.ts';
import { type BlockJob, canPreload, layOutBlock } from './shared-memory/lay-out-block.ts';
import { type Row, readRow, readRowFault, readRunResults } from './shared-memory/rows.ts';
import { logsOf } from './shared-memory/run-result.ts';
import type { StateDiff } from './state/state-diff.ts';
import { WorkerLoop, type WorkerParts } from './worker-loop.ts';
import { type WorkerPool, yieldToEvents } from './worker-pool.ts';

/** A block that ran to its end; its values stand in the shared memory until the next one is laid out. */
export interface FinishedBlock {
  readonly status: 'done';
  /** Of this thread, and of all. */
  readonly engine: EngineName;
  readonly core: Core;
  readonly job: BlockJob;
  /** All transactions, those left out of a build too. */
  readonly rows: readonly Row[];
  readonly committed: readonly Row[];
  /** What the committed ones left, as `encodeRunResults` has it. */
  readonly results: Uint8Array;
  readonly requestsHash: Hash;
  /** Whether it ran plainly: what its transactions read was not noted. */
  readonly isSerial: boolean;
  /** Workers that took part. */
  readonly workerCount: number;
  readonly wallMs: number;
}

/**
 * How one run of a block ended. What is at fault in the block is a value, for the caller to tell its peers; a fault of
 * ours is thrown. `transactionIndex` is a position in the job's transactions.
 */
export type BlockRun =
  | FinishedBlock
  | { readonly status: 'cancelled' }
  | { readonly status: 'invalid'; readonly transactionIndex: number; readonly reason: string };

/** Transactions for which waking one more worker pays. */
const TRANSACTIONS_PER_WORKER = 2;
/** Waits of 2 ms in a row after which worker 0 looks whether a thread has died. */
const IDLE_WAITS = 8;

/** What blocks are run with. */
export interface BlockRunnerParts extends WorkerParts {
  readonly pool: WorkerPool;
  /** Changes that this thread's reader knows of and those of the pool's do not. Default: none. */
  readonly pendingDiffs?: () => readonly StateDiff[];
  /** Default: none. */
  readonly cache?: FlatCache | undefined;
  /** Whether blocks run plainly: the pool is this thread alone, and nothing is noted as read. Default: no. */
  readonly isSerial?: boolean;
  /** See {@link ExecutorOptions.speculatesFirst}. Default: no. */
  readonly speculatesFirst?: boolean;
}

/** Runs blocks one after another on this thread and the pool's. */
export function createBlockRunner(parts: BlockRunnerParts): (job: BlockJob, cancel: Int32Array) => Promise<BlockRun> {
  const runner = new BlockRunner(parts);
  return (job, cancel) => runner.run(job, cancel);
}

class BlockRunner {
  readonly #engine: EngineName;
  readonly #core: Core;
  readonly #pool: WorkerPool;
  readonly #loop: WorkerLoop;
  readonly #pendingDiffs: () => readonly StateDiff[];
  readonly #cache: FlatCache | undefined;
  readonly #speculatesFirst: boolean;
  readonly #isSerial: boolean;
  #deaths = 0;

  constructor({ pool, pendingDiffs = () => [], cache, ...parts }: BlockRunnerParts) {
    this.#speculatesFirst = parts.speculatesFirst ?? false;
    this.#isSerial = parts.isSerial ?? false;
    this.#engine = parts.engine.name;
    this.#cache = cache;
    this.#core = parts.core;
    this.#pool = pool;
    this.#pendingDiffs = pendingDiffs;
    this.#loop = new WorkerLoop(parts);
  }

  /** A block that a dead worker left unfinished is run again without it; each time there is one worker less. */
  async run(job: BlockJob, cancel: Int32Array): Promise<BlockRun> {
    for (;;) {
      const run = await this.#attempt(job, cancel);
      if (run !== 'again') return run;
      this.#cache?.drop(); // who died may have held a part of it
    }
  }

  async #attempt(job: BlockJob, cancel: Int32Array): Promise<BlockRun | 'again'> {
    const perWorker = this.#speculatesFirst ? 1 : TRANSACTIONS_PER_WORKER;
    const wanted = Math.max(1, Math.floor(job.transactions.length / perWorker));
    const readyCount = Math.min(this.#pool.readyCount(), wanted);
    this.#heedDeaths();
    const left = readyCount > 1 ? this.#leftToPreload() : [];
    const [workerCount, pending] = canPreload(left) ? [readyCount, left] : [1, []];
    const forces = { workerCount, pending, speculatesFirst: this.#speculatesFirst, isSerial: this.#isSerial };
    layOutBlock(this.#core, job, forces);
    const { environment } = this.#loop.enterBlock(cancel);
    for (const diff of pending) this.#loop.preload(diff);
    this.#loop.nameBeneficiary(environment.beneficiary);
    await this.#loop.runBlockStart();
    const startedAt = sharedNow();
    this.#pool.release(workerCount);
    try {
      await this.#loop.runTransactions(this.#createIdle());
    } catch (error) {
      this.#core.steps.stopBlock(this.#core.layout.STOP_CRASHED); // the others must leave before this is told
      throw error;
    } finally {
      await this.#pool.gather();
    }
    return this.#conclude(job, { workerCount, wallMs: sharedNow() - startedAt });
  }

  /** What the other workers would find neither in their store nor in the cache. */
  #leftToPreload(): readonly StateDiff[] {
    const pending = this.#pendingDiffs();
    return this.#cache === undefined ? pending : this.#cache.hold(pending);
  }

  /** A worker may have died in the middle of a change of the cache. */
  #heedDeaths(): void {
    if (this.#cache === undefined || this.#pool.deathCount() === this.#deaths) return;
    this.#cache.drop();
    this.#deaths = this.#pool.deathCount();
  }

  async #conclude(
    job: BlockJob,
    timing: { readonly workerCount: number; readonly wallMs: number },
  ): Promise<BlockRun | 'again'> {
    const { layout, memory, steps } = this.#core;
    const reason = steps.stopReason();
    if (reason === layout.STOP_RESTART) return 'again';
    if (reason === layout.STOP_CANCELLED) return { status: 'cancelled' };
    const failed = memory.u32(layout.FAILED_TX);
    if (reason === layout.STOP_INVALID) return this.#invalid(failed);
    if (reason !== layout.STOP_DONE)
      throw executionFailed(`transaction ${failed}: ${readRowFault(this.#core, failed)}`);
    const rows = job.transactions.map((_, tx) => readRow(this.#core, tx));
    const committed = rows.filter(({ verdict }) => verdict === layout.VERDICT_COMMITTED);
    const results = readRunResults(this.#core, committed);
    const requestsHash = await this.#loop.runBlockEnd((contract) => logsOf(results, contract));
    return {
      status: 'done',
      engine: this.#engine,
      core: this.#core,
      job,
      rows,
      committed,
      results,
      requestsHash,
      isSerial: this.#isSerial,
      ...timing,
    };
  }

  #invalid(transactionIndex: number): BlockRun {
    const { verdict } = readRow(this.#core, transactionIndex);
    const isGas = verdict === this.#core.layout.VERDICT_GAS;
    const reason = isGas ? GAS_LIMIT_REACHED : readRowFault(this.#core, transactionIndex);
    return { status: 'invalid', transactionIndex, reason };
  }

  #createIdle(): () => Promise<void> | void {
    let waits = 0;
    return () => (++waits % IDLE_WAITS === 0 ? yieldToEvents() : undefined);
  }
}
