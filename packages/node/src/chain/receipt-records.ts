import type { BatchOperation, KeyValueSource } from '@heddle/executor';
import { decodeStoredReceipts, type Receipt } from '@heddle/primitives';
import { blockKey, readBlockRecord } from './chain-keys.ts';

/** The operation that stores a block's receipts, as `encodeStoredReceipts` has them. */
export function receiptOperation(number: number, receipts: Uint8Array): BatchOperation {
  return { type: 'put', key: blockKey('receipts', number), value: receipts };
}

/** The receipts of block `number` in order. */
export function readReceipts(source: KeyValueSource, number: number): readonly Receipt[] | undefined {
  const record = readBlockRecord(source, 'receipts', number);
  return record && decodeStoredReceipts(record);
}
