import { assert, DEFAULT_ENGINE, type EngineName, type ExecutionRules, type Hash } from '@heddle/primitives';
import { type BlockRun, createBlockRunner, type FinishedBlock } from './block-runner.ts';
import { blockAccesses, leftOutCandidates, summarizeBlock } from './block-summary.ts';
import { sharedNow } from './clock.ts';
import type { BlockEnvironment } from './engine.ts';
import { namedEngine } from './engines/named-engine.ts';
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
import { type CoreBuild, instantiateCore, loadSharedCore } from './shared-memory/core.ts';
import { FlatCache } from './shared-memory/flat-cache.ts';
import type { BuildLimits } from './shared-memory/lay-out-block.ts';
import { createRecentHashes } from './shared-memory/recent-hashes.ts';
import type { KeyValueSource } from './state/database.ts';
import type { StateDiff } from './state/state-diff.ts';
import { headState } from './state/state-reader.ts';
import { MAX_OVERLAYS, type SharedStateTrie, type StateTrie } from './trie/state-trie.ts';
import { startWorkerPool, type WorkerPool } from './worker-pool.ts';

/** Options of {@link createExecutor}. */
export interface ExecutorOptions {
  readonly rules: ExecutionRules;
  /** Default: {@link DEFAULT_ENGINE}. */
  readonly engine?: EngineName;
  /** Where worker threads open their own handle of the store. */
  readonly databasePath: string;
  /** What this thread reads: its own handle, or that with writes on top which are not in the store yet. */
  readonly database: KeyValueSource;
  /** What those writes change, for the worker threads, which read the store alone. Default: nothing. */
  readonly pendingDiffs?: () => readonly StateDiff[];
  /** Threads that run transactions, the calling one included; at least 1. */
  readonly workers: number;
  readonly trie: SharedStateTrie;
  /** Hashes of decided blocks, for BLOCKHASH. */
  readonly readBlockHash: (number: number) => Hash | undefined;
  /** Called when a worker thread ended by itself; blocks go on with the others. */
  readonly onWorkerDeath?: (workerIndex: number, error: Error | undefined) => void;
  /**
   * Whether each transaction is first run once as speculation, and whole, even if its turn has come; the workers take
   * turns at that. For tests: blocks of few transactions hardly speculate otherwise. Default: no.
   */
  readonly speculatesFirst?: boolean;
  /** For tests: the build of the core, and a fault planted in it. */
  readonly core?: { readonly build: CoreBuild; readonly mutation?: number };
}

/** An executor, and what tests, replays and measurements need of it. */
export interface InspectableExecutor extends Executor {
  readonly pool: WorkerPool;
  /** The store has got another state than {@link Executor.apply} tells of: what is known of the old one goes. */
  forgetState(): void;
}

/**
 * Starts an executor on the calling thread, which becomes its worker 0. The other workers join as soon as they are
 * ready; blocks do not wait for them.
 */
export async function createExecutor(options: ExecutorOptions): Promise<InspectableExecutor> {
  assert(options.workers >= 1, 'an executor has at least one worker');
  const {
    rules,
    engine: engineName = DEFAULT_ENGINE,
    databasePath,
    database,
    pendingDiffs,
    trie,
    onWorkerDeath,
    speculatesFirst,
  } = options;
  const shared = await loadSharedCore(options.core?.build, options.core?.mutation);
  const core = instantiateCore(shared, 0);
  const count = Math.min(options.workers, core.layout.MAX_WORKERS);
  const pool = startWorkerPool({
    shared,
    trie: trie.shared,
    core,
    count,
    rules,
    engine: engineName,
    databasePath,
    ...(onWorkerDeath && { onWorkerDeath }),
  });
  trie.employ(pool);
  const engine = await namedEngine(engineName)(rules, { core: core.steps });
  const reader = headState(database);
  const cache = new FlatCache(core, reader);
  const runBlock = createBlockRunner({
    core,
    engine,
    reader,
    pool,
    cache,
    ...(pendingDiffs && { pendingDiffs }),
    ...(speculatesFirst !== undefined && { speculatesFirst }),
    ...(shared.mutation !== 0 && (await import('./shared-memory/authority-nonces.ts'))),
  });
  return new ParallelExecutor({
    workerCount: count,
    rules,
    pool,
    trie,
    cache,
    runBlock,
    recentHashes: createRecentHashes(options.readBlockHash),
  });
}

interface ExecutorParts {
  readonly workerCount: number;
  readonly rules: ExecutionRules;
  readonly pool: WorkerPool;
  readonly trie: StateTrie;
  readonly cache: FlatCache;
  readonly runBlock: ReturnType<typeof createBlockRunner>;
  readonly recentHashes: ReturnType<typeof createRecentHashes>;
}

class ParallelExecutor implements InspectableExecutor {
  readonly workerCount: number;
  readonly pool: WorkerPool;
  readonly #parts: ExecutorParts;
  /** Of the last results, by state root: what {@link ParallelExecutor.apply} moves the cache by. */
  readonly #diffs = new Map<Hash, StateDiff[]>();
  #failedCandidates = 0;
  #speculativeRuns = 0;
  #isBusy = false;

  constructor(parts: ExecutorParts) {
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

  async execute({ environment, transactions, wantsAccesses, cancel }: ExecuteRequest): Promise<ExecuteOutcome> {
    return this.#alone(async () => {
      try {
        const run = await this.#run({ environment, transactions, limits: undefined, cancel });
        if (run.status !== 'done') return run;
        const accesses = wantsAccesses === true && { accesses: blockAccesses(run) };
        return { status: 'executed', result: { ...(await this.#summarize(run)), ...accesses } };
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
    if (diff === undefined || others.length > 0) cache.drop();
    else cache.apply(diff);
  }

  forgetState(): void {
    this.#diffs.clear();
    this.#parts.cache.drop();
  }

  metrics(): Readonly<Record<string, number>> {
    const { hits, misses } = this.#parts.cache.counts();
    return {
      heddle_executor_cache_hits_total: hits,
      heddle_executor_cache_misses_total: misses,
      heddle_executor_failed_candidates_total: this.#failedCandidates,
      heddle_executor_ready_workers: this.pool.readyCount(),
      heddle_executor_speculative_runs_total: this.#speculativeRuns,
      heddle_executor_worker_deaths_total: this.pool.deathCount(),
    };
  }

  async close(): Promise<void> {
    await this.pool.close();
  }

  async #summarize(block: FinishedBlock): Promise<BlockResult> {
    for (const { speculativeRuns } of block.rows) this.#speculativeRuns += speculativeRuns;
    const result = await summarizeBlock(block, this.#parts.trie);
    const diffs = this.#diffs.get(result.stateRoot) ?? [];
    this.#diffs.delete(result.stateRoot);
    this.#diffs.set(result.stateRoot, [...diffs, result.diff]);
    for (const oldest of this.#diffs.keys()) if (this.#diffs.size > MAX_OVERLAYS) this.#diffs.delete(oldest);
    return result;
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
