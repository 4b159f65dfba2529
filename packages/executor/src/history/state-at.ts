import { assert, bytesToHex } from '@heddle/primitives';
import { decodeAccountRecord } from '../state/account-record.ts';
import type { KeyValueSource } from '../state/database.ts';
import { decodeSlotValue } from '../state/slot-value.ts';
import { historyDamaged, statePruned } from '../state/state-errors.ts';
import { accountKey, slotKey, valueBeforeKey } from '../state/state-keys.ts';
import { headState, readCode, type StoreReader } from '../state/state-reader.ts';
import { firstChangeAfter } from './change-index.ts';
import { readHistoryRange } from './history-range.ts';

/**
 * The state after block `blockNumber` <= `headNumber`, which must be the head of `source`: a snapshot, else the head may
 * move between two reads.
 *
 * @throws HeddleError `STATE_PRUNED`; from its methods `STATE_HISTORY_DAMAGED`
 */
export function stateAt(source: KeyValueSource, blockNumber: number, headNumber: number): StoreReader {
  assert(blockNumber <= headNumber, `no state of block ${blockNumber} above the head ${headNumber}`);
  if (blockNumber === headNumber) return headState(source);
  const { oldest, prunedTo } = readHistoryRange(source);
  const isPruned = prunedTo > 0;
  if (blockNumber < oldest) throw statePruned(blockNumber, oldest);
  return {
    account(address) {
      const record = recordAt(source, accountKey(address), blockNumber, isPruned);
      return record && decodeAccountRecord(record);
    },
    slot: (address, incarnation, slot) =>
      decodeSlotValue(recordAt(source, slotKey(address, incarnation, slot), blockNumber, isPruned)),
    code: (codeHash) => readCode(source, codeHash),
  };
}

/**
 * The location's record after block `blockNumber`, whose state can be read: the value before the first later change, else
 * the head's. `isPruned`: older changes may be gone.
 *
 * @throws HeddleError `STATE_HISTORY_DAMAGED`
 */
export function recordAt(
  source: KeyValueSource,
  location: Uint8Array,
  blockNumber: number,
  isPruned: boolean,
): Uint8Array | undefined {
  const change = firstChangeAfter(source, location, blockNumber, isPruned);
  if (change === undefined) return source.getSync(location);
  const before = source.getSync(valueBeforeKey(change, location));
  if (before === undefined) {
    throw historyDamaged(`the value of ${bytesToHex(location)} before block ${change} is missing`);
  }
  return before.length === 0 ? undefined : before;
}
