import { type Database, type StateTrie, stateOperations } from '@heddle/executor';
import { chainOperations } from '../chain/chain-operations.ts';
import { crashPoint } from '../crash-points.ts';
import type { ExecutionStore } from './execution-service.ts';
import type { HeadInfo } from './main-boundary.ts';

/** The store as the execution service writes it: one synced batch for a block (DESIGN 4.5). */
export function createBlockWriter(database: Database, trie: StateTrie, head: HeadInfo): ExecutionStore {
  return {
    head,
    async write({ block, senders, result }, next) {
      const { receipts, diff, stateRoot } = result;
      crashPoint('before-batch');
      await database.batch(
        [
          ...stateOperations(database, next.number, diff),
          ...trie.operations(stateRoot),
          ...chainOperations({ block, senders, receipts, head: next }),
        ],
        { sync: true },
      );
      crashPoint('after-batch');
    },
  };
}
