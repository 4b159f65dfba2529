import type { BlobRules } from './blob-rules.ts';
import type { Address, Hash } from './bytes.ts';
import type { Fork } from './forks.ts';

/** An account of the genesis state. */
export interface GenesisAccount {
  readonly address: Address;
  readonly balance: bigint;
  readonly nonce: bigint;
  readonly code: Uint8Array;
  /** Slot -> value, both 32 bytes; no zero values. */
  readonly storage: ReadonlyMap<Hash, Hash>;
}

/** A member of the validator set. */
export interface Validator {
  /** The address of its secp256k1 consensus key: its name in votes and certificates. */
  readonly address: Address;
  /** Voting power, > 0. The sum over all validators is at most 2^60. */
  readonly stake: bigint;
  /** `beneficiary` of the blocks it proposes: its own, never a prefunded account. */
  readonly feeAddress: Address;
}

/** strict: a block's second is above its parent's. shared: equal seconds are allowed (blocks faster than one a second). */
export type TimestampRule = 'strict' | 'shared';

/** The rules that execution reads. */
export interface ExecutionRules {
  readonly chainId: number;
  readonly fork: Fork;
  /** EIP-7825; undefined lifts it. */
  readonly transactionGasCap: bigint | undefined;
  /** EIP-170, bytes; init code may be twice as long (EIP-3860). */
  readonly codeSizeLimit: number;
  /** Absent: those of the fork. */
  readonly blobs?: BlobRules;
  /** Whose logs are deposits (EIP-6110); absent: mainnet's. */
  readonly depositContract?: Address;
  /** A block without the contracts of EIP-7002 and EIP-7251 is invalid, as these say. Absent: it has no requests. */
  readonly requestContracts?: 'required';
}

/** EIP-1559's constants. */
export interface FeeRules {
  /** Base fee of the genesis block, wei. */
  readonly initialBaseFee: bigint;
  /** Gas target = gas limit / elasticity (mainnet 2). 1: the target is the limit, so the base fee never rises. */
  readonly elasticity: number;
  /** Largest change per block = 1 / denominator (mainnet 8). */
  readonly baseFeeDenominator: number;
}

/** The last block of a chain that goes on with other validators: made elsewhere, or decided by others. */
export interface ChainBase {
  readonly number: number;
  readonly hash: Hash;
}

/** What `genesis.json` holds but for its accounts, of which there may be millions; checked and normalised. */
export interface ChainSpec extends ExecutionRules, FeeRules {
  readonly timestamps: TimestampRule;
  readonly validators: readonly Validator[];
  /** Unix seconds. */
  readonly genesisTimestamp: number;
  /** What the validators go on from; absent: from the genesis block, as any other chain. */
  readonly base?: ChainBase;
  /** Of the block that they go on from, and of every block after it. */
  readonly gasLimit: bigint;
  readonly genesisMixHash: Hash;
  readonly genesisBeneficiary: Address;
  /** keccak256 of the canonical `config.heddle`, so that the genesis hash fixes it where there is no base. */
  readonly genesisExtraData: Hash;
}

/** EIP-1559's INITIAL_BASE_FEE, wei. */
export const FIRST_BASE_FEE = 1_000_000_000n;

/** The base fee after `parent` (EIP-1559); one from before London has none, and is followed by the first. */
export function nextBaseFee(
  parent: { readonly baseFeePerGas: bigint | undefined; readonly gasUsed: bigint; readonly gasLimit: bigint },
  rules: Pick<FeeRules, 'elasticity' | 'baseFeeDenominator'>,
): bigint {
  if (parent.baseFeePerGas === undefined) return FIRST_BASE_FEE;
  const target = parent.gasLimit / BigInt(rules.elasticity);
  const denominator = BigInt(rules.baseFeeDenominator);
  if (parent.gasUsed === target || target === 0n) return parent.baseFeePerGas;
  if (parent.gasUsed > target) {
    const change = (parent.baseFeePerGas * (parent.gasUsed - target)) / target / denominator;
    return parent.baseFeePerGas + (change > 0n ? change : 1n);
  }
  return parent.baseFeePerGas - (parent.baseFeePerGas * (target - parent.gasUsed)) / target / denominator;
}
