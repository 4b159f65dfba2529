import type { BatchOperation, KeyValueSource } from '@heddle/executor';
import { bytesToHex, concatBytes, type Hash, hexToBytes } from '@heddle/primitives';
import { CONTINUATION_KEY, decodeNumber, encodeNumbers } from './chain-keys.ts';

/** Where a chain's validators went on from a block that is not theirs, the last time that somebody did. */
export interface Continuation {
  readonly baseNumber: number;
  /** Of the chain that went on (`chainTagOf`): several may from one block, with the same validators even. */
  readonly chainTag: Hash;
}

// number of the base 4 | chain tag 32

/** Undefined for a chain that has gone on from nothing but its genesis. */
export function readContinuation(source: KeyValueSource): Continuation | undefined {
  const record = source.getSync(CONTINUATION_KEY);
  return record && { baseNumber: decodeNumber(record), chainTag: bytesToHex(record.subarray(4)) };
}

/** The operation that stores it. */
export function continuationOperation({ baseNumber, chainTag }: Continuation): BatchOperation {
  return { type: 'put', key: CONTINUATION_KEY, value: concatBytes(encodeNumbers(baseNumber), hexToBytes(chainTag)) };
}
