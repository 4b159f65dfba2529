import { createValidatorSet, encodeValidatorSet } from '@heddle/consensus';
import type { ChainSpec } from '@heddle/primitives';
import type { GenesisSource } from '../chain/open-chain-store.ts';
import { genesisBlock } from './genesis-block.ts';
import { readGenesisAccounts } from './genesis-file.ts';
import { heddleAccounts } from './read-genesis.ts';

/** The genesis.json of a Heddle chain. @throws HeddleError `VALIDATOR_SET_INVALID` */
export function heddleSource(file: string, spec: ChainSpec): GenesisSource {
  return {
    file,
    accounts: (onRead) => heddleAccounts(readGenesisAccounts(file, onRead), spec, file),
    blockWith: (stateRoot) => genesisBlock(spec, stateRoot),
    nextValidators: firstSet(spec),
  };
}

/**
 * consensus' encodeValidatorSet of the set in force at the first height that `spec` is about.
 *
 * @throws HeddleError `VALIDATOR_SET_INVALID`
 */
export function firstSet({ validators }: Pick<ChainSpec, 'validators'>): Uint8Array {
  return encodeValidatorSet(createValidatorSet(validators));
}
