import { genesisStateRoot, hasStore } from '@heddle/executor';
import { assert, type Block, equalBytes, type GenesisAccount, type Hash, hashHeader } from '@heddle/primitives';
import { digestOfFile, type OnRead } from '../genesis/genesis-file.ts';
import { readHeader } from './block-records.ts';
import { storeOtherChain } from './chain-errors.ts';
import { GENESIS_FILE_KEY } from './chain-keys.ts';
import { type ChainStore, createStore, openStore } from './chain-store.ts';

/** A genesis.json, as stores are made of it. */
export interface GenesisSource {
  readonly file: string;
  /** Its accounts, read anew each time. */
  accounts(onRead?: OnRead): Iterable<GenesisAccount>;
  /** Block 0 with the root that they come to. */
  blockWith(stateRoot: Hash): Block;
  /** consensus' encodeValidatorSet of the set in force at block 1. */
  readonly nextValidators: Uint8Array;
}

/** Hears how far the making of a store is: `done` of `total` of `what`. May throw to end it. */
export type OnMaking = (what: string, done: number, total: number) => void;

/**
 * Opens the store in `path`, which must hold the chain of `genesis`; makes it when there is none yet.
 *
 * @throws HeddleError as `createStore` and `openStore`; `STORE_OTHER_CHAIN`
 */
export async function openChainStore(path: string, genesis: GenesisSource, onMaking: OnMaking): Promise<ChainStore> {
  const isNew = !(await hasStore(path));
  if (isNew) await makeStore(path, genesis, onMaking);
  const store = await openStore(path, { genesisHash: undefined });
  try {
    const digest = digestOfFile(genesis.file);
    if (!isNew) {
      checkGenesisBlock(path, store, genesis);
      if (isMadeOf(store, digest)) return store;
      await checkAccounts(path, store, genesis);
    }
    await store.database.batch([{ type: 'put', key: GENESIS_FILE_KEY, value: digest }], { sync: true });
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

function makeStore(path: string, genesis: GenesisSource, onMaking: OnMaking): Promise<void> {
  const { nextValidators } = genesis;
  const alloc = genesis.accounts((done, total) => onMaking('reading the genesis', done, total));
  return createStore(path, { alloc, block: (root) => genesis.blockWith(root), nextValidators }, (done, total) =>
    onMaking('writing the genesis state', done, total),
  );
}

/**
 * That the store in `path` begins with what `genesis` says, whatever its accounts are.
 *
 * @throws HeddleError `STORE_OTHER_CHAIN`
 */
export function checkGenesisBlock(
  path: string,
  { database }: ChainStore,
  genesis: Pick<GenesisSource, 'blockWith'>,
): void {
  const stored = readHeader(database, 0);
  assert(stored !== undefined, 'a checked store has its genesis');
  const expected = hashHeader(genesis.blockWith(stored.header.stateRoot).header);
  if (expected !== stored.hash) throw storeOtherChain(path, stored.hash, expected);
}

function isMadeOf({ database }: ChainStore, digest: Uint8Array): boolean {
  const known = database.getSync(GENESIS_FILE_KEY);
  return known !== undefined && equalBytes(known, digest);
}

/** The file is not the one that the store was made of, byte for byte: it must come to the same state all the same. */
async function checkAccounts(path: string, { database }: ChainStore, genesis: GenesisSource): Promise<void> {
  const stored = readHeader(database, 0);
  const stateRoot = await genesisStateRoot(`${path}.genesis`, genesis.accounts());
  if (stored === undefined || stored.header.stateRoot === stateRoot) return;
  throw storeOtherChain(path, stored.hash, hashHeader(genesis.blockWith(stateRoot).header));
}
