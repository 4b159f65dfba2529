import { headState } from '@heddle/executor';
import { assert, type ChainSpec, type Hash, type Validator } from '@heddle/primitives';
import { readBlockHash } from '../chain/block-records.ts';
import type { ChainStore } from '../chain/chain-store.ts';
import { type OnMaking, openChainStore } from '../chain/open-chain-store.ts';
import { openContinuedStore } from '../chain/open-continued-store.ts';
import { chainTagOf } from '../genesis/chain-tag.ts';
import { firstSet, heddleSource } from '../genesis/heddle-source.ts';
import { createReadValidators } from '../genesis/read-validators.ts';
import { readChainGenesis } from '../import/chain-genesis.ts';

/** An open store, and which chain's it is. */
export interface OpenStore {
  readonly store: ChainStore;
  /** See `chainTagOf`. */
  readonly chainTag: Hash;
  /** Who votes, with stakes and fee addresses. */
  readonly validators: readonly Validator[];
}

/** The set does not change from epoch to epoch until stakes can: any epoch gives it. */
const EPOCH = 0;

/** A genesis.json and what it says. */
interface ReadFile {
  readonly spec: ChainSpec;
  readonly genesisFile: string;
}

/**
 * Opens the chain of `genesisFile`, whose spec is `spec`, in `path`; makes it when there is none yet, unless it goes on
 * from another chain.
 *
 * @throws HeddleError as {@link openChainStore} and {@link openContinuedStore}, and `VALIDATOR_SET_INVALID`
 */
export async function openOrCreateStore(path: string, file: ReadFile, onMaking: OnMaking): Promise<OpenStore> {
  const { spec } = file;
  const store = await openStoreOf(path, file, onMaking);
  const genesisHash = readBlockHash(store.database, 0);
  assert(genesisHash !== undefined, 'a store is opened with its genesis in it');
  const validators = createReadValidators(spec)(headState(store.database), EPOCH);
  return { store, chainTag: chainTagOf(genesisHash, spec), validators };
}

function openStoreOf(path: string, { spec, genesisFile }: ReadFile, onMaking: OnMaking): Promise<ChainStore> {
  const { base } = spec;
  if (base === undefined) return openChainStore(path, heddleSource(genesisFile, spec), onMaking);
  const genesis = readChainGenesis(genesisFile);
  const tagOf = (genesisHash: Hash) => chainTagOf(genesisHash, spec);
  return openContinuedStore(path, { genesis, base, validators: firstSet(spec), tagOf });
}
