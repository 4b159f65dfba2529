import { createValidatorSet, encodeValidatorSet } from '@heddle/consensus';
import { genesisOperations, hasStore } from '@heddle/executor';
import { type ChainSpec, type Hash, hashHeader } from '@heddle/primitives';
import { type ChainStore, createStore, openStore } from '../chain/chain-store.ts';
import { genesisBlock } from '../genesis/genesis-block.ts';

/** An open store, and the hash of the genesis that it begins with. */
export interface OpenStore {
  readonly store: ChainStore;
  readonly genesisHash: Hash;
}

/**
 * Opens the chain of `spec` in `path`; makes it when there is none yet.
 *
 * @throws HeddleError as `openStore` of the chain store, and `VALIDATOR_SET_INVALID`
 */
export async function openOrCreateStore(path: string, spec: ChainSpec): Promise<OpenStore> {
  const { stateRoot, operations } = genesisOperations(spec.alloc);
  const block = genesisBlock(spec, stateRoot);
  const genesisHash = hashHeader(block.header);
  if (!(await hasStore(path))) {
    const nextValidators = encodeValidatorSet(createValidatorSet(spec.validators));
    await createStore(path, { block, stateOperations: operations, nextValidators });
  }
  return { store: await openStore(path, { genesisHash }), genesisHash };
}
