import { hasStore } from '@heddle/executor';
import { assert, type ChainBase, type Hash } from '@heddle/primitives';
import type { HeadInfo } from '../execution/main-boundary.ts';
import { readBlockHash } from './block-records.ts';
import { baseStoreMissing, baseStoreOther } from './chain-errors.ts';
import { HEAD_KEY } from './chain-keys.ts';
import { type ChainStore, openStore } from './chain-store.ts';
import { continuationOperation, readContinuation } from './continuation-record.ts';
import { eraOperation, FIRST_ERA } from './era-record.ts';
import { encodeHeadRecord } from './head-record.ts';
import { importedOperation } from './imported-records.ts';
import { checkGenesisBlock, type GenesisSource } from './open-chain-store.ts';

/** A chain that goes on from another one. */
export interface ContinuedChain {
  readonly genesis: Pick<GenesisSource, 'blockWith'>;
  readonly base: ChainBase;
  /** consensus' encodeValidatorSet of the set in force at the block after the base. */
  readonly validators: Uint8Array;
  /** What tells it from any other with this genesis hash (`chainTagOf`). */
  tagOf(genesisHash: Hash): Hash;
}

/**
 * Opens the store in `path` of a chain that goes on from `base`. A new one is a copy of the store that the base is the head
 * of: that its validators go on from there is written into it then. The base's hash stands for the genesis' accounts.
 *
 * @throws HeddleError as `openStore`; `BASE_STORE_MISSING`, `BASE_STORE_OTHER`, `STORE_OTHER_CHAIN`
 */
export async function openContinuedStore(path: string, chain: ContinuedChain): Promise<ChainStore> {
  if (!(await hasStore(path))) throw baseStoreMissing(path, chain.base);
  const store = await openStore(path, { genesisHash: undefined });
  try {
    checkGenesisBlock(path, store, chain.genesis);
    const genesisHash = readBlockHash(store.database, 0);
    assert(genesisHash !== undefined, 'a store is opened with its genesis in it');
    const chainTag = chain.tagOf(genesisHash);
    checkBase(path, store, chain.base);
    if (readContinuation(store.database)?.chainTag === chainTag) return store;
    if (store.head.number > chain.base.number)
      throw baseStoreOther(
        path,
        chain.base,
        `its blocks after that, up to ${store.head.number}, are not those of this chain`,
      );
    return { ...store, head: await goOn(store, chain, chainTag) };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function checkBase(path: string, { database, head }: ChainStore, base: ChainBase): void {
  if (head.number < base.number) throw baseStoreOther(path, base, `its head is block ${head.number}`);
  const found = readBlockHash(database, base.number);
  if (found !== base.hash) throw baseStoreOther(path, base, `its block ${base.number} is ${found}`);
}

/** The head is the same block; nobody of this chain has decided it, or any before it. */
async function goOn(
  { database, head }: ChainStore,
  { base, validators }: ContinuedChain,
  chainTag: Hash,
): Promise<HeadInfo> {
  const next = { ...head, certificate: undefined, validators: undefined, nextValidators: validators };
  const operations = [
    { type: 'put' as const, key: HEAD_KEY, value: encodeHeadRecord(next) },
    importedOperation(base.number),
    continuationOperation({ baseNumber: base.number, chainTag }),
    eraOperation({ ...FIRST_ERA, firstHeight: base.number + 1 }),
  ];
  await database.batch(operations, { sync: true });
  return next;
}
