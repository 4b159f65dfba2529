import {
  type BlockEnvironment,
  type BlockResult,
  createExecutor,
  openStateTrie,
  type ReadBlockHash,
  type SenderTransaction,
} from '@heddle/executor';
import { assert, type EngineName, type ExecutionRules, type Hash } from '@heddle/primitives';
import type { TemporaryStore } from '../foreign/temporary-store.ts';
import { runRefused } from './replay-errors.ts';

/** Where and how a block is run again and again. */
export interface RunSetting {
  readonly store: TemporaryStore;
  readonly stateRoot: Hash;
  readonly rules: ExecutionRules;
  readonly engine: EngineName;
  readonly environment: BlockEnvironment;
  readonly signed: readonly SenderTransaction[];
  readonly readBlockHash: ReadBlockHash;
}

/** Runs of one block with so many workers, one after another; on the same state each time, which they keep what they read of. */
export interface ParallelRuns {
  run(): Promise<BlockResult>;
  close(): Promise<void>;
}

/** Starts the threads and waits for them. @throws HeddleError `WORKER_START_FAILED` */
export async function startParallelRuns(setting: RunSetting, workers: number): Promise<ParallelRuns> {
  const { store, stateRoot, rules, engine, environment, signed, readBlockHash } = setting;
  const { database, path } = store;
  const executor = await createExecutor({
    rules,
    engine,
    databasePath: path,
    database,
    workers,
    trie: openStateTrie(database, stateRoot),
    readBlockHash,
  });
  try {
    await executor.pool.whenReady();
  } catch (error) {
    await executor.close();
    throw error;
  }
  const cancel = new Int32Array(new SharedArrayBuffer(4));
  return {
    async run() {
      const made = await executor.execute({ environment, transactions: signed, cancel, wantsAccesses: true });
      if (made.status === 'invalid') throw runRefused(parallelName(workers), made);
      assert(made.status === 'executed', 'nobody cancels a replay');
      return made.result;
    },
    close: () => executor.close(),
  };
}

/** What lines of a report call them. */
export function parallelName(workers: number): string {
  return `parallel execution with ${workers} worker${workers === 1 ? '' : 's'}`;
}
