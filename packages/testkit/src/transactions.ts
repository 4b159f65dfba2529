import {
  type Address,
  EMPTY_BYTES,
  signTransaction,
  type Transaction,
  type UnsignedTransaction,
} from '@heddle/primitives';
import type { TestAccount } from './accounts.ts';

/** 10^9 wei. */
export const GWEI = 1_000_000_000n;
/** 10^18 wei. */
export const ETHER = 1_000_000_000_000_000_000n;
/** The default chain id of a devnet. */
export const TEST_CHAIN_ID = 31337;

/** Fields that differ from {@link unsignedTransaction}'s defaults; `nonce` takes numbers too. */
export type TransactionFields = Partial<Omit<UnsignedTransaction, 'nonce'>> & { readonly nonce?: bigint | number };

/**
 * An unsigned transaction: a plain type-2 transfer of 1 wei to 0x…ff at nonce 0 on chain 31337, 21,000 gas,
 * 100 gwei fee cap, 1 gwei tip, changed by `fields`. For types 0 and 1 the tip follows the fee cap.
 */
export function unsignedTransaction(fields: TransactionFields = {}): UnsignedTransaction {
  const type = fields.type ?? 2;
  const maxFeePerGas = fields.maxFeePerGas ?? 100n * GWEI;
  return {
    type,
    chainId: BigInt(TEST_CHAIN_ID),
    gasLimit: 21_000n,
    maxPriorityFeePerGas: type < 2 ? maxFeePerGas : GWEI,
    to: `0x${'00'.repeat(19)}ff`,
    value: 1n,
    data: EMPTY_BYTES,
    accessList: [],
    authorizationList: [],
    maxFeePerBlobGas: 0n,
    blobVersionedHashes: [],
    ...fields,
    maxFeePerGas,
    nonce: BigInt(fields.nonce ?? 0),
  };
}

/** {@link unsignedTransaction} signed by `from`. */
export function signedTransaction(from: TestAccount, fields: TransactionFields = {}): Transaction {
  return signTransaction(unsignedTransaction(fields), from.privateKey);
}

/** A signed transfer of `value` wei. */
export function transfer(
  from: TestAccount,
  to: Address | TestAccount,
  value: bigint,
  fields: TransactionFields = {},
): Transaction {
  return signedTransaction(from, { ...fields, to: typeof to === 'string' ? to : to.address, value });
}

/** A signed contract creation with 1,000,000 gas unless `fields` says otherwise. */
export function creation(from: TestAccount, initCode: Uint8Array, fields: TransactionFields = {}): Transaction {
  return signedTransaction(from, { gasLimit: 1_000_000n, value: 0n, ...fields, to: undefined, data: initCode });
}
