import { type Database, type KeyValueSource, stateRootMismatch, storeCorrupt, storedStateRoot } from '@heddle/executor';
import { bytesToHex, decodeHeader, type Hash, HeddleError, hashHeader } from '@heddle/primitives';
import type { HeadInfo } from '../execution/main-boundary.ts';
import { readHeader } from './block-records.ts';
import { storeOtherChain } from './chain-errors.ts';
import { GENESIS_KEY, readBlockRecord } from './chain-keys.ts';
import { readHead } from './head-record.ts';
import { readImportedNumber } from './imported-records.ts';

/** How many blocks below the head are looked at when a store is opened. */
export const CHECKED_BLOCKS = 32;

/**
 * What must be true of any store: the head's state is the one of its header, and the blocks below it follow each other
 * and have all of their records. Says nothing about older ones, nor about what lies beneath the state's root.
 *
 * @throws HeddleError `STORE_CORRUPT`, `STORE_OTHER_CHAIN`, `STATE_ROOT_MISMATCH`
 */
export function checkChain(database: Database, path: string, genesisHash: Hash | undefined): void {
  const stored = database.getSync(GENESIS_KEY);
  const head = undecodable(path, () => readHead(database));
  if (stored === undefined || head === undefined) throw storeCorrupt(path, 'it has no genesis block or no head');
  const storedHash = bytesToHex(stored);
  if (genesisHash !== undefined && storedHash !== genesisHash) throw storeOtherChain(path, storedHash, genesisHash);
  undecodable(path, () => checkHeadState(database, head));
  checkBlocks(database, path, { head, to: Math.max(0, head.number - CHECKED_BLOCKS) });
}

/**
 * That the blocks from `head` down to `to` follow each other and have all of their records. Gives the hash that block
 * `to` names as its parent's.
 *
 * @throws HeddleError `STORE_CORRUPT`
 */
export function checkBlocks(
  source: KeyValueSource,
  path: string,
  { head, to }: { readonly head: { readonly number: number; readonly hash: Hash }; readonly to: number },
): Hash {
  let hash = head.hash;
  for (let number = head.number; number >= to; number--) {
    const fault = undecodable(path, () => blockFault(source, number, hash));
    if (fault !== undefined) throw storeCorrupt(path, `block ${number}: ${fault}`);
    hash = readHeader(source, number)?.header.parentHash ?? hash;
  }
  return hash;
}

function undecodable<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const isUndecodable = error instanceof HeddleError && error.code.startsWith('RLP_');
    throw isUndecodable ? storeCorrupt(path, `a record cannot be decoded: ${error.message}`, error) : error;
  }
}

function checkHeadState(source: KeyValueSource, head: HeadInfo): void {
  const { stateRoot } = decodeHeader(head.header);
  const found = storedStateRoot(source);
  if (found !== stateRoot) throw stateRootMismatch(head.number, stateRoot, found);
}

function blockFault(source: KeyValueSource, number: number, hash: Hash): string | undefined {
  const stored = readHeader(source, number);
  if (stored === undefined) return 'its header is missing';
  if (stored.hash !== hash || hashHeader(stored.header) !== hash) return `its hash is ${stored.hash}, expected ${hash}`;
  if (stored.header.number !== number) return `its header says number ${stored.header.number}`;
  const records = [
    'body',
    'senders',
    'receipts',
    ...(number > readImportedNumber(source) ? ['certificate' as const] : []),
  ] as const;
  const missing = records.find((record) => readBlockRecord(source, record, number) === undefined);
  return missing && `its ${missing} record is missing`;
}
