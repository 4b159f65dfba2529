import { type ChainSpec, concatBytes, type Hash, hexToBytes, keccak256Hex } from '@heddle/primitives';

/**
 * What tells the chain of `spec` from any other, in greetings and in all that is signed: the genesis hash, which fixes
 * `config.heddle`. Where the validators go on from a block of others it does not: several chains may go on from one block,
 * and a signature for one of them must be none for another.
 */
export function chainTagOf(genesisHash: Hash, { base, genesisExtraData }: ChainSpec): Hash {
  return base ? keccak256Hex(concatBytes(hexToBytes(genesisHash), hexToBytes(genesisExtraData))) : genesisHash;
}
