import { decodeAccountRecord } from '../state/account-record.ts';
import type { BatchOperation, Database } from '../state/database.ts';
import {
  addressOfKey,
  changeOfKey,
  isAccountLocation,
  slotRange,
  storageNodeRange,
  valuesBeforeRange,
} from '../state/state-keys.ts';
import { forgetChange } from './change-index.ts';
import { historyRangeOperation, readHistoryRange } from './history-range.ts';
import { recordAt } from './state-at.ts';

/** What one step of pruning may do. */
export interface PruneRequest {
  readonly headNumber: number;
  /** How many blocks' states stay readable, the head's included; >= 1. */
  readonly keep: number;
  /** About how many records may go in this step. */
  readonly maxRecords: number;
}

/**
 * One bounded step of forgetting the changes that no kept state needs. What it finds in the store is all that it goes by,
 * and a step is one batch: wherever the process ends, the next step goes on from there. Nothing else is written meanwhile.
 * Resolves with the oldest block whose state can be read now.
 *
 * @throws HeddleError `STATE_HISTORY_DAMAGED`, `STORE_UNWRITABLE`, `STORE_CORRUPT`
 */
export async function pruneHistory(
  database: Database,
  { headNumber, keep, maxRecords }: PruneRequest,
): Promise<number> {
  const range = readHistoryRange(database);
  const oldest = Math.max(range.oldest, headNumber - keep + 1);
  if (range.prunedTo >= oldest) return oldest;
  const operations: BatchOperation[] = [];
  const prunedTo = await forgetUpTo(oldest, { database, operations, from: range.prunedTo + 1, maxRecords });
  operations.push(historyRangeOperation({ oldest, prunedTo }));
  await database.batch(operations, { sync: false }); // what is lost of it is done again
  return oldest;
}

interface Pruning {
  readonly database: Database;
  readonly operations: BatchOperation[];
  /** The first block whose changes may still be there. */
  readonly from: number;
  readonly maxRecords: number;
}

/** Adds the operations that forget the changes up to block `last`; the last block of which nothing is left then. */
async function forgetUpTo(last: number, pruning: Pruning): Promise<number> {
  const { database, operations, from, maxRecords } = pruning;
  for await (const entries of database.iterate(valuesBeforeRange(from, last))) {
    for (const [key, before] of entries) {
      const { blockNumber, location } = changeOfKey(key);
      const isGone = await forgetEndedStorage(pruning, { blockNumber, location, before });
      if (!isGone) return blockNumber - 1;
      operations.push(...forgetChange(database, location, blockNumber), { type: 'del', key });
      if (operations.length >= maxRecords) return blockNumber - 1;
    }
  }
  return last;
}

/**
 * When the change ended an incarnation of an account's storage, its slots and its trie go: no kept state knows them.
 * False when there are more of them than this step may take away; the change stays until they are gone.
 */
async function forgetEndedStorage(
  { database, operations, maxRecords }: Pruning,
  { blockNumber, location, before }: { blockNumber: number; location: Uint8Array; before: Uint8Array },
): Promise<boolean> {
  if (!isAccountLocation(location) || before.length === 0) return true;
  const { incarnation, slotCount } = decodeAccountRecord(before);
  if (slotCount === 0) return true;
  const after = recordAt(database, location, blockNumber, true);
  if (after !== undefined && decodeAccountRecord(after).incarnation === incarnation) return true;
  const address = addressOfKey(location);
  for (const range of [slotRange(address, incarnation), storageNodeRange(address, incarnation)]) {
    for await (const entries of database.iterate(range)) {
      for (const [key] of entries) {
        if (operations.length >= maxRecords) return false;
        operations.push({ type: 'del', key });
      }
    }
  }
  return true;
}
