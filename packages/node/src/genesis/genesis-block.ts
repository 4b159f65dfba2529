import {
  type Block,
  type ChainSpec,
  CONSTANT_HEADER_FIELDS,
  EMPTY_BLOOM,
  EMPTY_REQUESTS_HASH,
  EMPTY_TRIE_ROOT,
  type Hash,
  ZERO_HASH,
} from '@heddle/primitives';

/**
 * Block 0 of the chain that `spec` describes; `stateRoot` is the root of its alloc. It has no validator set in force
 * and no milliseconds: `parentBeaconBlockRoot` is zero, and `extraData` is the hash of `config.heddle`.
 */
export function genesisBlock(spec: ChainSpec, stateRoot: Hash): Block {
  return {
    header: {
      ...CONSTANT_HEADER_FIELDS,
      parentHash: ZERO_HASH,
      beneficiary: spec.genesisBeneficiary,
      stateRoot,
      transactionsRoot: EMPTY_TRIE_ROOT,
      receiptsRoot: EMPTY_TRIE_ROOT,
      logsBloom: EMPTY_BLOOM,
      number: 0,
      gasLimit: spec.gasLimit,
      gasUsed: 0n,
      timestamp: spec.genesisTimestamp,
      extraData: spec.genesisExtraData,
      mixHash: spec.genesisMixHash,
      baseFeePerGas: spec.initialBaseFee,
      withdrawalsRoot: EMPTY_TRIE_ROOT,
      blobGasUsed: 0n,
      excessBlobGas: 0n,
      parentBeaconBlockRoot: ZERO_HASH,
      requestsHash: EMPTY_REQUESTS_HASH,
    },
    transactions: [],
    withdrawals: [],
  };
}
