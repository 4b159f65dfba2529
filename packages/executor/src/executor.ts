import { assert, DEFAULT_ENGINE, type EngineName, type ExecutionRules, type Hash } from '@heddle/primitives';
import { BlockExecutor, type InspectableExecutor } from './block-executor.ts';
import { createBlockRunner } from './block-runner.ts';
import { namedEngine } from './engines/named-engine.ts';
import { type CoreBuild, instantiateCore, loadSharedCore } from './shared-memory/core.ts';
import { FlatCache } from './shared-memory/flat-cache.ts';
import { createRecentHashes } from './shared-memory/recent-hashes.ts';
import type { KeyValueSource } from './state/database.ts';
import type { StateDiff } from './state/state-diff.ts';
import { headState } from './state/state-reader.ts';
import type { SharedStateTrie } from './trie/state-trie.ts';
import { startWorkerPool } from './worker-pool.ts';

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
  const recentHashes = createRecentHashes(options.readBlockHash);
  return new BlockExecutor({ workerCount: count, rules, core, pool, trie, cache, runBlock, recentHashes });
}
