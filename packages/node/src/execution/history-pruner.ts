import { type Database, pruneHistory, readHistoryRange, type StateDiff } from '@heddle/executor';
import { HeddleError } from '@heddle/primitives';
import type { ExecutionStore } from './execution-service.ts';

/** Forgets states that are older than the node is told to keep: a bounded piece after each block. */
export interface HistoryPruner {
  /** The store with ears for what each block changes. */
  readonly store: ExecutionStore;
  /**
   * The next piece; no block is written meanwhile. When the disk refuses it or the store is damaged, the next block is
   * not written either and fails with that: `STATE_HISTORY_DAMAGED`, `STORE_UNWRITABLE`, `STORE_CORRUPT`.
   */
  step(): Promise<void>;
  metrics(): Readonly<Record<string, number>>;
}

/** Records that go after a block at least: some 20 ms. */
const MIN_RECORDS = 2_048;
/** Of what was written since the piece before it, so that a backlog shrinks however full blocks are. */
const RECORDS_PER_CHANGE = 4;

/** Keeps the states of the last `keep` blocks of what is written to `store`; undefined: of all. */
export function createHistoryPruner(
  database: Database,
  store: ExecutionStore,
  keep: number | undefined,
): HistoryPruner {
  let { oldest } = readHistoryRange(database);
  let headNumber = store.head.number;
  let changes = 0;
  let failure: HeddleError | undefined;
  return {
    store: {
      head: store.head,
      async write(block, head) {
        if (failure) throw failure;
        await store.write(block, head);
        headNumber = head.number;
        changes += changeCount(block.result.diff);
      },
    },
    async step() {
      const maxRecords = Math.max(MIN_RECORDS, RECORDS_PER_CHANGE * changes);
      changes = 0;
      if (keep === undefined) return;
      try {
        oldest = await pruneHistory(database, { headNumber, keep, maxRecords });
      } catch (error) {
        if (!(error instanceof HeddleError)) throw error;
        failure = error;
      }
    },
    metrics: () => ({ heddle_executor_oldest_state_block: oldest }),
  };
}

function changeCount({ accounts, slots }: StateDiff): number {
  let count = accounts.size;
  for (const changes of slots.values()) count += changes.size;
  return count;
}
