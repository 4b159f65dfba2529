import { createValidatorSet, encodeValidatorSet } from '@heddle/consensus';
import { genesisOperations, hasStore, headState } from '@heddle/executor';
import { type ChainSpec, type Hash, hashHeader, type Validator } from '@heddle/primitives';
import { type ChainStore, createStore, openStore } from '../chain/chain-store.ts';
import { genesisBlock } from '../genesis/genesis-block.ts';
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
 * Opens the chain of `spec` in `path`; makes it when there is none yet.
 *
 * @throws HeddleError as `openStore` of the chain store, and `VALIDATOR_SET_INVALID`
 */
export async function openOrCreateStore(path: string, spec: ChainSpec): Promise<OpenStore> {
  const { stateRoot } = genesisOperations(spec.alloc);
  const block = genesisBlock(spec, stateRoot);
  const genesisHash = hashHeader(block.header);
  const readValidators = createReadValidators(spec);
  if (!(await hasStore(path))) {
    const nextValidators = encodeValidatorSet(createValidatorSet(spec.validators));
    await createStore(path, { alloc: spec.alloc, block: () => block, nextValidators });
  }
  const store = await openStore(path, { genesisHash });
  return { store, genesisHash, validators: readValidators(headState(store.database), EPOCH) };
}
