import { createValidatorSet, encodeValidatorSet } from '@heddle/consensus';
import { headState } from '@heddle/executor';
import { assert, type ChainSpec, type Hash, type Validator } from '@heddle/primitives';
import { readBlockHash } from '../chain/block-records.ts';
import type { ChainStore } from '../chain/chain-store.ts';
import { type GenesisSource, type OnMaking, openChainStore } from '../chain/open-chain-store.ts';
import { genesisBlock } from '../genesis/genesis-block.ts';
import { readGenesisAccounts } from '../genesis/genesis-file.ts';
import { heddleAccounts } from '../genesis/read-genesis.ts';
import { createReadValidators } from '../genesis/read-validators.ts';

/** An open store, and the hash of the genesis that it begins with. */
export interface OpenStore {
  readonly store: ChainStore;
  readonly genesisHash: Hash;
  /** Who votes, with stakes and fee addresses. */
  readonly validators: readonly Validator[];
}

/** The set does not change from epoch to epoch until stakes can: any epoch gives it. */
const EPOCH = 0;

/**
 * Opens the chain of `genesisFile`, whose spec is `spec`, in `path`; makes it when there is none yet.
 *
 * @throws HeddleError as {@link openChainStore}, and `VALIDATOR_SET_INVALID`
 */
export async function openOrCreateStore(
  path: string,
  { spec, genesisFile }: { readonly spec: ChainSpec; readonly genesisFile: string },
  onMaking: OnMaking,
): Promise<OpenStore> {
  const store = await openChainStore(path, heddleSource(genesisFile, spec), onMaking);
  const genesisHash = readBlockHash(store.database, 0);
  assert(genesisHash !== undefined, 'a store is opened with its genesis in it');
  return { store, genesisHash, validators: createReadValidators(spec)(headState(store.database), EPOCH) };
}

/** The genesis.json of a Heddle chain. @throws HeddleError `VALIDATOR_SET_INVALID` */
export function heddleSource(file: string, spec: ChainSpec): GenesisSource {
  return {
    file,
    accounts: (onRead) => heddleAccounts(readGenesisAccounts(file, onRead), spec, file),
    blockWith: (stateRoot) => genesisBlock(spec, stateRoot),
    nextValidators: encodeValidatorSet(createValidatorSet(spec.validators)),
  };
}
