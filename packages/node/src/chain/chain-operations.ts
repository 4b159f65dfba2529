import type { BatchOperation } from '@heddle/executor';
import { type Address, assert, type Block, hexToBytes } from '@heddle/primitives';
import type { HeadInfo } from '../execution/main-boundary.ts';
import { blockOperations } from './block-records.ts';
import { certificateOperation } from './certificate-records.ts';
import { GENESIS_KEY, HEAD_KEY } from './chain-keys.ts';
import { encodeHeadRecord } from './head-record.ts';
import { receiptOperation } from './receipt-records.ts';
import { transactionOperations } from './transaction-index.ts';

/** A decided block (or genesis) with everything that is kept of it, and the head that it makes. */
export interface BlockToKeep {
  readonly block: Block;
  readonly senders: readonly Address[];
  /** As `encodeStoredReceipts` has them. */
  readonly receipts: Uint8Array;
  readonly head: HeadInfo;
}

/** What one block writes besides its state: block, indexes, receipts, certificate, head. Belongs in the state's batch. */
export function chainOperations({ block, senders, receipts, head }: BlockToKeep): BatchOperation[] {
  const { number, hash, certificate } = head;
  assert(block.header.number === number, 'the block is the head that it makes');
  assert(senders.length === block.transactions.length, 'every transaction has a sender');
  const operations = [
    ...blockOperations(hash, block),
    ...transactionOperations(number, block.transactions, senders),
    receiptOperation(number, receipts),
  ];
  if (certificate !== undefined) operations.push(certificateOperation(number, certificate));
  if (number === 0) operations.push({ type: 'put', key: GENESIS_KEY, value: hexToBytes(hash) });
  operations.push({ type: 'put', key: HEAD_KEY, value: encodeHeadRecord(head) });
  return operations;
}
