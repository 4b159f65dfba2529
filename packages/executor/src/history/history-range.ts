import type { BatchOperation, KeyValueSource } from '../state/database.ts';
import { HISTORY_RANGE_KEY } from '../state/state-keys.ts';

/** How much of the past a store holds. Both numbers only grow, but for a rewind, which stays above them. */
export interface HistoryRange {
  /** The oldest block whose state can be read. */
  readonly oldest: number;
  /** The last block whose changes are gone in full; never above `oldest`, whose state needs the changes after it. */
  readonly prunedTo: number;
}

const WHOLE: HistoryRange = { oldest: 0, prunedTo: 0 };

/** What `source` says; all of the past when it says nothing. */
export function readHistoryRange(source: KeyValueSource): HistoryRange {
  const record = source.getSync(HISTORY_RANGE_KEY);
  if (record === undefined) return WHOLE;
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  return { oldest: view.getUint32(0), prunedTo: view.getUint32(4) };
}

/** The operation that stores it. */
export function historyRangeOperation({ oldest, prunedTo }: HistoryRange): BatchOperation {
  const value = new Uint8Array(8);
  const view = new DataView(value.buffer);
  view.setUint32(0, oldest);
  view.setUint32(4, prunedTo);
  return { type: 'put', key: HISTORY_RANGE_KEY, value };
}
