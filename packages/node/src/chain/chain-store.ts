import { createGuarded, type Database, openGuarded, writeGenesisState } from '@heddle/executor';
import {
  assert,
  type Block,
  encodeHeader,
  encodeStoredReceipts,
  type GenesisAccount,
  type Hash,
  hashHeader,
} from '@heddle/primitives';
import type { HeadInfo } from '../execution/main-boundary.ts';
import { checkChain } from './chain-checks.ts';
import { chainOperations } from './chain-operations.ts';
import { readHead } from './head-record.ts';

/** The open store of a chain. */
export interface ChainStore {
  /** This thread's handle. Other threads open their own (executor's `openDatabase`) and close it before this one. */
  readonly database: Database;
  /** The head when it was opened. Whether it is as new as the write-ahead log says is for consensus to check. */
  readonly head: HeadInfo;
  /** The last process did not close it, or not after verifying it. */
  readonly wasUnclean: boolean;
  /** Of a large store: tables that were not read in full at opening. */
  readonly unverifiedTables: readonly string[];
  /** It was read in full since, and is sound. */
  verified(): void;
  /** It was, and is not: no process opens it again. `why` is for the one that tries. */
  condemn(why: string): Promise<void>;
  /** Says that all is on disk; the next start need not wonder. */
  close(): Promise<void>;
}

/** What a new store begins with. */
export interface StoreGenesis {
  /** Each account once, in any order. */
  readonly alloc: Iterable<GenesisAccount>;
  /** Block 0, once the root of its state is known. Throws when that is not the one that was to be. */
  block(stateRoot: Hash): Block;
  /** consensus' encodeValidatorSet of the set in force at block 1. */
  readonly nextValidators: Uint8Array;
}

/**
 * Makes the store of a new chain in `path`, whole or not at all. `onWritten` hears of the accounts that are written.
 *
 * @throws HeddleError `STORE_EXISTS`, `STORE_LOCKED`, `STORE_UNREADABLE`, `GENESIS_ACCOUNT_TWICE`; what `genesis` throws
 */
export async function createStore(
  path: string,
  { alloc, block, nextValidators }: StoreGenesis,
  onWritten?: (done: number, total: number) => void,
): Promise<void> {
  await createGuarded(path, async (database) => {
    const genesis = block(await writeGenesisState(database, alloc, onWritten));
    const head: HeadInfo = {
      number: 0,
      hash: hashHeader(genesis.header),
      header: encodeHeader(genesis.header),
      certificate: undefined,
      validators: undefined,
      nextValidators,
    };
    const receipts = encodeStoredReceipts([]);
    await database.batch(chainOperations({ block: genesis, senders: [], receipts, head }), { sync: true });
  });
}

/**
 * Opens the store in `path`, which must hold the chain with this genesis; undefined: any chain. At most one process has
 * it open.
 *
 * @throws HeddleError `STORE_MISSING`, `STORE_LOCKED`, `STORE_CORRUPT`, `STORE_FORMAT`, `STORE_OTHER_CHAIN`,
 *   `STATE_ROOT_MISMATCH`, `STORE_UNREADABLE`
 */
export async function openStore(
  path: string,
  { genesisHash }: { readonly genesisHash: Hash | undefined },
): Promise<ChainStore> {
  const guarded = await openGuarded(path, (database) => checkChain(database, path, genesisHash));
  const head = readHead(guarded.database);
  assert(head !== undefined, 'a checked store has a head');
  return { ...guarded, head };
}
