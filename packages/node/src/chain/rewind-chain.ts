import { decodeValidatorSet } from '@heddle/consensus';
import {
  type BatchOperation,
  type Database,
  openStateTrie,
  readHistoryRange,
  type StateTrie,
  statePruned,
  storeCorrupt,
  undoOperations,
} from '@heddle/executor';
import { decodeHeader, encodeHeader, type Header, keccak256Hex } from '@heddle/primitives';
import type { HeadInfo } from '../execution/main-boundary.ts';
import { readBlock } from './block-records.ts';
import { readCertificateBytes } from './certificate-records.ts';
import { rewindAhead, rewindBelowBase, rewindOfMany } from './chain-errors.ts';
import { type BlockRecord, blockKey, HEAD_KEY, hashKey } from './chain-keys.ts';
import type { ChainStore } from './chain-store.ts';
import { readContinuation } from './continuation-record.ts';
import { type Era, eraOperation, readEra } from './era-record.ts';
import { encodeHeadRecord } from './head-record.ts';
import { readImportedNumber, undoImport } from './imported-records.ts';

const RECORDS: readonly BlockRecord[] = ['header', 'body', 'senders', 'receipts', 'certificate', 'totalDifficulty'];

/**
 * Takes blocks back until `target` is the head: their state, history, tries, records and indexes. Each block goes in one
 * batch, the first of which begins the new era: wherever the process ends, the store is that of a chain that was rewound
 * so far. `onUndone` hears the head after each, and may throw to end it there.
 *
 * @throws HeddleError `REWIND_OF_MANY`, `REWIND_AHEAD`, `REWIND_BELOW_BASE`, `STATE_PRUNED`, `STORE_CORRUPT`,
 *   `STATE_ROOT_MISMATCH`
 */
export async function rewindChain(
  path: string,
  { database, head }: ChainStore,
  { target, onUndone }: { readonly target: number; readonly onUndone: (headNumber: number) => void },
): Promise<Era> {
  checkRewind(database, head, target);
  const era = readEra(database);
  if (target === head.number) return era;
  const trie = openStateTrie(database, decodeHeader(head.header).stateRoot);
  const next = { path, database, trie, eraNumber: era.number + 1 };
  let current = head;
  while (current.number > target) {
    // What lies between two synced batches is in order, whatever of it is lost.
    const sync = current === head || current.number === target + 1;
    current = await undoBlock(next, current, { sync });
    onUndone(current.number);
  }
  return readEra(database);
}

function checkRewind(database: Database, head: HeadInfo, target: number): void {
  const isImported = head.nextValidators.length === 0; // nobody votes on it: there is no signature to contradict
  const count = isImported ? 1 : decodeValidatorSet(head.nextValidators).members.length;
  if (count !== 1) throw rewindOfMany(count);
  if (target > head.number) throw rewindAhead(target, head.number);
  const imported = readImportedNumber(database);
  const base = readContinuation(database)?.baseNumber ?? (head.number > imported ? imported : 0);
  if (target < base) throw rewindBelowBase(target, base);
  const { oldest } = readHistoryRange(database);
  if (target < oldest) throw statePruned(target, oldest);
}

interface Rewinding {
  readonly path: string;
  readonly database: Database;
  readonly trie: StateTrie;
  readonly eraNumber: number;
}

/** The head after `head` was taken back. */
async function undoBlock(
  { path, database, trie, eraNumber }: Rewinding,
  head: HeadInfo,
  options: { readonly sync: boolean },
): Promise<HeadInfo> {
  const { number } = head;
  const parent = readBlock(database, number - 1);
  if (parent === undefined) throw storeCorrupt(path, `block ${number - 1} is missing`);
  const { stateRoot } = parent.block.header;
  const before = headBefore(database, head, { hash: parent.hash, header: parent.block.header });
  await database.batch(
    [
      ...(await undoOperations(database, trie, { number, parentStateRoot: stateRoot })),
      ...undoRecords(path, database, head),
      ...undoImport(database, number),
      { type: 'put', key: HEAD_KEY, value: encodeHeadRecord(before) },
      eraOperation({ number: eraNumber, firstHeight: number }),
    ],
    options,
  );
  trie.apply(stateRoot);
  return before;
}

/** One validator's set is the same at every height. */
function headBefore(
  database: Database,
  { nextValidators }: HeadInfo,
  { hash, header }: { readonly hash: HeadInfo['hash']; readonly header: Header },
): HeadInfo {
  const { number } = header;
  const parent = { number, hash, header: encodeHeader(header), nextValidators };
  if (number === 0) return { ...parent, certificate: undefined, validators: undefined };
  return { ...parent, certificate: readCertificateBytes(database, number), validators: nextValidators };
}

function undoRecords(path: string, database: Database, { number, hash }: HeadInfo): BatchOperation[] {
  const stored = readBlock(database, number);
  if (stored === undefined) throw storeCorrupt(path, `block ${number} is missing`);
  const keys = [
    ...RECORDS.map((record) => blockKey(record, number)),
    ...stored.block.transactions.map((raw) => hashKey('transaction', keccak256Hex(raw))),
    hashKey('number', hash),
  ];
  return keys.map((key) => ({ type: 'del', key }));
}
