import { assert, type ExecutionRules, type Hash } from '@heddle/primitives';
import type { BlockRun, createBlockRunner, FinishedBlock } from './block-runner.ts';
import { blockAccesses, leftOutCandidates, summarizeBlock } from './block-summary.ts';
import { sharedNow } from './clock.ts';
import type { BlockEnvironment } from './engine.ts';
import { blockFault, executionFailed } from './errors.ts';
import type {
  BlockResult,
  BuildOutcome,
  BuildRequest,
  ExecuteOutcome,
  ExecuteRequest,
  Executor,
  SenderTransaction,
} from './executor-api.ts';
import type { Core } from './shared-memory/core.ts';
import type { FlatCache } from './shared-memory/flat-cache.ts';
import type { BuildLimits } from './shared-memory/lay-out-block.ts';
import { publishedVersions } from './shared-memory/published-versions.ts';
import type { createRecentHashes } from './shared-memory/recent-hashes.ts';
import { isSameDiff, type StateDiff } from './state/state-diff.ts';
import { MAX_OVERLAYS, type StateTrie } from './trie/state-trie.ts';
import type { WorkerPool } from './worker-pool.ts';

/** An executor, and what tests, replays and measurements need of it. */
export interface InspectableExecutor extends Executor {
  readonly pool: WorkerPool;
  /** The store has got another state than {@link Executor.apply} tells of: what is known of the old one goes. */
  forgetState(): void;
  /** See {@link publishedVersions}; counted when it is asked for, until the next block. */
  publishedVersions(): number;
}

/** What a {@link BlockExecutor} stands on. */
export interface BlockExecutorParts {
  readonly workerCount: number;
  readonly rules: ExecutionRules;
  readonly core: Core;
  readonly pool: WorkerPool;
  readonly trie: StateTrie;
  /** Undefined: none. */
  readonly cache: FlatCache | undefined;
  readonly runBlock: ReturnType<typeof createBlockRunner>;
  readonly recentHashes: ReturnType<typeof createRecentHashes>;
}

/** Runs blocks in the shared memory, one at a time, and sums them up. */
export class BlockExecutor implements InspectableExecutor {
  readonly workerCount: number;
  readonly pool: WorkerPool;
  readonly #parts: BlockExecutorParts;
  /** Of the last results, by state root: what {@link BlockExecutor.apply} moves the cache by. */
  readonly #diffs = new Map<Hash, StateDiff[]>();
  #failedCandidates = 0;
  #speculativeRuns = 0;
  #rootsMs = 0;
  #isBusy = false;

  constructor(parts: BlockExecutorParts) {
    this.#parts = parts;
    this.pool = parts.pool;
    this.workerCount = parts.workerCount;
  }

  async build(request: BuildRequest): Promise<BuildOutcome> {
    const { environment, candidates, timeBudgetMs, sizeLimitBytes, cancel } = request;
    const limits = { sizeLimitBytes, timeBudgetMs, deadline: sharedNow() + timeBudgetMs };
    return this.#alone(async () => {
      const run = await this.#run({ environment, transactions: candidates, limits, cancel });
      if (run.status === 'cancelled') return run;
      if (run.status === 'invalid') throw executionFailed('a build called a candidate the end of its block');
      const result = await this.#summarize(run);
      const leftOut = leftOutCandidates(run);
      this.#failedCandidates += leftOut.filter(({ why }) => why === 'failed').length;
      return { status: 'built', result, leftOut };
    });
  }

  async execute(request: ExecuteRequest): Promise<ExecuteOutcome> {
    const { environment, transactions, transactionsRoot, wantsAccesses, cancel } = request;
    return this.#alone(async () => {
      try {
        const run = await this.#run({ environment, transactions, limits: undefined, cancel });
        if (run.status !== 'done') return run;
        const accesses = wantsAccesses === true && !run.isSerial && { accesses: blockAccesses(run) };
        return { status: 'executed', result: { ...(await this.#summarize(run, transactionsRoot)), ...accesses } };
      } catch (error) {
        return { status: 'invalid', transactionIndex: transactions.length, reason: blockFault(error) };
      }
    });
  }

  apply(stateRoot: Hash): void {
    const { trie, cache } = this.#parts;
    trie.apply(stateRoot);
    const [diff, ...others] = this.#diffs.get(stateRoot) ?? [];
    this.#diffs.clear();
    // Diffs of one root may differ in incarnations.
    if (diff === undefined || others.length > 0) cache?.drop();
    else cache?.apply(diff);
  }

  forgetState(): void {
    this.#diffs.clear();
    this.#parts.cache?.drop();
  }

  publishedVersions(): number {
    return publishedVersions(this.#parts.core);
  }

  metrics(): Readonly<Record<string, number>> {
    const { hits, misses } = this.#parts.cache?.counts() ?? { hits: 0, misses: 0 };
    return {
      heddle_executor_cache_hits_total: hits,
      heddle_executor_cache_misses_total: misses,
      heddle_executor_failed_candidates_total: this.#failedCandidates,
      heddle_executor_ready_workers: this.pool.readyCount(),
      heddle_executor_roots_seconds_total: this.#rootsMs / 1_000,
      heddle_executor_speculative_runs_total: this.#speculativeRuns,
      heddle_executor_worker_deaths_total: this.pool.deathCount(),
    };
  }

  async close(): Promise<void> {
    await this.pool.close();
  }

  /** All that comes behind the last transaction: changes, receipts and roots. */
  async #summarize(block: FinishedBlock, transactionsRoot?: Hash): Promise<BlockResult> {
    for (const { speculativeRuns } of block.rows) this.#speculativeRuns += speculativeRuns;
    const startedMs = sharedNow();
    const result = await summarizeBlock(block, this.#parts.trie, transactionsRoot);
    this.#rootsMs += sharedNow() - startedMs;
    this.#keep(result);
    return result;
  }

  #keep({ stateRoot, diff }: BlockResult): void {
    const known = this.#diffs.get(stateRoot) ?? [];
    this.#diffs.delete(stateRoot);
    this.#diffs.set(stateRoot, known.some((other) => isSameDiff(other, diff)) ? known : [...known, diff]);
    for (const oldest of this.#diffs.keys()) if (this.#diffs.size > MAX_OVERLAYS) this.#diffs.delete(oldest);
  }

  #run(job: Job): Promise<BlockRun> {
    const { environment, transactions, limits, cancel } = job;
    const context = { environment, hashes: this.#parts.recentHashes(environment) };
    return this.#parts.runBlock({ context, transactions, limits, rules: this.#parts.rules }, cancel);
  }

  async #alone<T>(job: () => Promise<T>): Promise<T> {
    assert(!this.#isBusy, 'one job of the executor at a time');
    this.#isBusy = true;
    try {
      return await job();
    } finally {
      this.#isBusy = false;
    }
  }
}

interface Job {
  readonly environment: BlockEnvironment;
  readonly transactions: readonly SenderTransaction[];
  readonly limits: BuildLimits | undefined;
  readonly cancel: Int32Array;
}
