import { type KeyValueSource, readCode, type StoreReader, stateAt } from '@heddle/executor/store';
import { assert } from '@heddle/primitives';
import type { ChainView } from '@heddle/rpc';
import { readBlock, readBlockNumber, readHeader } from './block-records.ts';
import { readCertificate } from './certificate-records.ts';
import { readHead } from './head-record.ts';
import { readReceipts } from './receipt-records.ts';
import { readSenders, readTransactionPlace } from './transaction-index.ts';

/** The chain and its states as they are in `source`, a snapshot. Closing the view calls `close`, once. */
export function openChainView(source: KeyValueSource, close: () => void): ChainView {
  const head = readHead(source);
  assert(head !== undefined, 'a store is opened with its genesis in it');
  const stateAfter = (number: number): StoreReader => stateAt(source, number, head.number);
  return {
    headNumber: head.number,
    headHash: head.hash,
    blockByNumber: (number) => readBlock(source, number),
    blockByHash(hash) {
      const number = readBlockNumber(source, hash);
      return number === undefined ? undefined : readBlock(source, number);
    },
    headerByNumber: (number) => readHeader(source, number),
    receipts: (number) => readReceipts(source, number),
    senders: (number) => readSenders(source, number),
    transactionPlace: (hash) => readTransactionPlace(source, hash),
    certificate: (number) => readCertificate(source, number),
    account: (address, number) => stateAfter(number).account(address),
    code: (codeHash) => readCode(source, codeHash),
    slot(address, slot, number) {
      const state = stateAfter(number);
      const account = state.account(address);
      return account === undefined ? new Uint8Array(32) : state.slot(address, account.incarnation, slot);
    },
    close,
  };
}
