import type { BatchOperation, KeyValueSource } from '@heddle/executor';
import { type Address, bytesToHex, concatBytes, type Hash, hexToBytes, keccak256Hex } from '@heddle/primitives';
import type { TransactionPlace } from '@heddle/rpc';
import { blockKey, decodeNumber, encodeNumbers, hashKey, readBlockRecord } from './chain-keys.ts';

const ADDRESS_SIZE = 20;

/** The operations that find a block's transactions by their hashes, and keep their senders. */
export function transactionOperations(
  number: number,
  transactions: readonly Uint8Array[],
  senders: readonly Address[],
): BatchOperation[] {
  const places = transactions.map((raw, index): BatchOperation => {
    return { type: 'put', key: hashKey('transaction', keccak256Hex(raw)), value: encodeNumbers(number, index) };
  });
  const addresses = concatBytes(...senders.map((sender) => hexToBytes(sender)));
  return [...places, { type: 'put', key: blockKey('senders', number), value: addresses }];
}

/** Where the transaction with this hash stands. */
export function readTransactionPlace(source: KeyValueSource, hash: Hash): TransactionPlace | undefined {
  const record = source.getSync(hashKey('transaction', hash));
  return record && { blockNumber: decodeNumber(record, 0), index: decodeNumber(record, 1) };
}

/** Senders of the transactions of block `number`, in order. */
export function readSenders(source: KeyValueSource, number: number): readonly Address[] | undefined {
  const record = readBlockRecord(source, 'senders', number);
  return (
    record &&
    Array.from({ length: record.length / ADDRESS_SIZE }, (_, index) =>
      bytesToHex(record.subarray(index * ADDRESS_SIZE, (index + 1) * ADDRESS_SIZE)),
    )
  );
}
