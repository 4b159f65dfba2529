import type { BatchOperation, KeyValueSource } from '@heddle/executor';
import { allocateTogether } from '@heddle/executor/store';
import { type Address, bytesToHex, type Hash, keccak256, writeHex } from '@heddle/primitives';
import type { TransactionPlace } from '@heddle/rpc';
import { blockKey, decodeNumber, hashKey, readBlockRecord, transactionKey, writeNumber } from './chain-keys.ts';

const ADDRESS_SIZE = 20;
/** Block number 4 | index 4. */
const PLACE_SIZE = 8;

/** The operations that find a block's transactions by their hashes, and keep their senders. */
export function transactionOperations(
  number: number,
  transactions: readonly Uint8Array[],
  senders: readonly Address[],
): BatchOperation[] {
  const allocate = allocateTogether();
  const operations = transactions.map((raw, index): BatchOperation => {
    const value = allocate(PLACE_SIZE);
    writeNumber(value, 0, number);
    writeNumber(value, 4, index);
    return { type: 'put', key: transactionKey(keccak256(raw), allocate), value };
  });
  const addresses = new Uint8Array(ADDRESS_SIZE * senders.length);
  for (const [index, sender] of senders.entries()) writeHex(addresses, ADDRESS_SIZE * index, sender);
  operations.push({ type: 'put', key: blockKey('senders', number), value: addresses });
  return operations;
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
