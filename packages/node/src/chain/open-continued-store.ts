import { decodeValidatorSet } from '@heddle/consensus';
import { hasStore } from '@heddle/executor';
import type { ChainBase } from '@heddle/primitives';
import type { HeadInfo } from '../execution/main-boundary.ts';
import { readBlockHash } from './block-records.ts';
import { baseStoreMissing, baseStoreOther } from './chain-errors.ts';
import { HEAD_KEY } from './chain-keys.ts';
import { type ChainStore, openStore } from './chain-store.ts';
import { eraOperation, FIRST_ERA } from './era-record.ts';
import { encodeHeadRecord } from './head-record.ts';
import { importedOperation, readImportedNumber } from './imported-records.ts';
import { checkGenesisBlock, type GenesisSource } from './open-chain-store.ts';

/** A chain that goes on from another one. */
export interface ContinuedChain {
  readonly genesis: Pick<GenesisSource, 'blockWith'>;
  readonly base: ChainBase;
  /** consensus' encodeValidatorSet of the set in force at the block after the base. */
  readonly validators: Uint8Array;
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
    checkBase(path, store, chain);
    return hasGoneOn(store, chain) ? store : { ...store, head: await goOn(store, chain) };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function checkBase(path: string, store: ChainStore, chain: ContinuedChain): void {
  const { base, validators } = chain;
  const { database, head } = store;
  if (head.number < base.number) throw baseStoreOther(path, base, `its head is block ${head.number}`);
  const found = readBlockHash(database, base.number);
  if (found !== base.hash) throw baseStoreOther(path, base, `its block ${base.number} is ${found}`);
  if (head.number === base.number) return; // whoever decided it: our validators come next
  if (readImportedNumber(database) !== base.number || membersOf(head.nextValidators) !== membersOf(validators)) {
    throw baseStoreOther(path, base, `its blocks after that, up to ${head.number}, are not those of our validators`);
  }
}

/** Who votes, with how much; not whose turn it is. */
function membersOf(set: Uint8Array): string {
  if (set.length === 0) return '';
  return decodeValidatorSet(set)
    .members.map(({ address, power }) => `${address} ${power}`)
    .join();
}

function hasGoneOn({ database, head }: ChainStore, { base, validators }: ContinuedChain): boolean {
  const isMarked = readImportedNumber(database) === base.number;
  return head.number > base.number || (isMarked && Buffer.from(head.nextValidators).equals(validators));
}

/** The head is the same block; nobody of this chain has decided it, or any before it. */
async function goOn({ database, head }: ChainStore, { base, validators }: ContinuedChain): Promise<HeadInfo> {
  const next = { ...head, certificate: undefined, validators: undefined, nextValidators: validators };
  const operations = [
    { type: 'put' as const, key: HEAD_KEY, value: encodeHeadRecord(next) },
    importedOperation(base.number),
    eraOperation({ ...FIRST_ERA, firstHeight: base.number + 1 }),
  ];
  await database.batch(operations, { sync: true });
  return next;
}
