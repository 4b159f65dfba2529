import { type BlockResult, createExecutor, openStateTrie } from '@heddle/executor';
import { assert, type EngineName, type ExecutionRules, type Hash, HeddleError } from '@heddle/primitives';
import type { TemporaryStore } from '../foreign/temporary-store.ts';
import type { PlainJob } from './run-plainly.ts';

/** Where a block is run in parallel. */
export interface ParallelSetting {
  readonly store: TemporaryStore;
  readonly stateRoot: Hash;
  readonly rules: ExecutionRules;
  readonly engine: EngineName;
  readonly job: PlainJob;
}

/** Runs of one block with so many workers, one after another; on the same state each time. */
export interface ParallelRuns {
  run(): Promise<BlockResult>;
  close(): Promise<void>;
}

/** Starts the threads and waits for them. @throws HeddleError `WORKER_START_FAILED` */
export async function startParallelRuns(
  { store, stateRoot, rules, engine, job }: ParallelSetting,
  workers: number,
): Promise<ParallelRuns> {
  const { database, path } = store;
  const executor = await createExecutor({
    rules,
    engine,
    databasePath: path,
    database,
    workers,
    trie: openStateTrie(database, stateRoot),
    readBlockHash: job.readBlockHash,
  });
  await executor.pool.whenReady();
  const transactions = job.transactions.map(({ transaction: { raw }, sender }) => ({ raw, sender }));
  const cancel = new Int32Array(new SharedArrayBuffer(4));
  return {
    async run() {
      const { environment } = job;
      executor.forgetState(); // plain runs begin without the state too
      const outcome = await executor.execute({ environment, transactions, cancel, wantsAccesses: true });
      assert(outcome.status !== 'cancelled', 'nobody cancels a replay');
      if (outcome.status === 'invalid') throw refusedInParallel(outcome.transactionIndex, outcome.reason);
      return outcome.result;
    },
    close: () => executor.close(),
  };
}

/** What plain execution took, parallel execution refused: a fault of ours. */
function refusedInParallel(place: number, reason: string): HeddleError {
  const message = `transaction ${place}: plain execution takes it, parallel execution refuses it: ${reason}`;
  return new HeddleError('REPLAY_DISAGREES', message, { remedy: 'please report it with the files' });
}
