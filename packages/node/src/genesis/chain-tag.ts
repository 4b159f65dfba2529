import {
  type ChainSpec,
  concatBytes,
  type ExecutionRules,
  type Hash,
  hexToBytes,
  keccak256,
  keccak256Hex,
} from '@heddle/primitives';

/**
 * What tells the chain of `spec` from any other, in greetings and in all that is signed: the genesis hash, which fixes
 * `config.heddle`. Where the validators go on from a block of others it does not, nor the forks in the rest of `config`:
 * several chains may go on from one block, and a signature for one of them must be none for another.
 */
export function chainTagOf(genesisHash: Hash, spec: ChainSpec): Hash {
  if (spec.base === undefined) return genesisHash;
  return keccak256Hex(concatBytes(...[genesisHash, spec.genesisExtraData].map(hexToBytes), hashRules(spec)));
}

/**
 * keccak256 of the one spelling of what the blocks after the base are executed by. Each rule is named, in an order that
 * holds: another order is another chain, and the type refuses to forget a rule.
 */
function hashRules({ blobs, ...spec }: ExecutionRules): Uint8Array {
  const rules: { readonly [name in keyof ExecutionRules]-?: unknown } = {
    chainId: spec.chainId,
    fork: spec.fork,
    transactionGasCap: spec.transactionGasCap?.toString() ?? null,
    codeSizeLimit: spec.codeSizeLimit,
    blobs: blobs ? [blobs.target, blobs.max, blobs.baseFeeUpdateFraction.toString()] : null,
    depositContract: spec.depositContract ?? null,
    requestContracts: spec.requestContracts ?? null,
  };
  return keccak256(Buffer.from(JSON.stringify(rules), 'utf8'));
}
