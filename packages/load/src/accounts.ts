import {
  type Address,
  addressOfPublicKey,
  bigIntToBytesOfSize,
  concatBytes,
  keccak256,
  secp256k1,
  signTransaction,
  type Transaction,
} from '@heddle/primitives';
import type { LoadCall } from './scenario.ts';

/** An account whose key the generator holds. */
export interface LoadAccount {
  readonly privateKey: Uint8Array;
  readonly address: Address;
}

/** Account `index` of the accounts that `seed` names: the same seed finds its accounts (and their money) again. */
export function loadAccount(seed: string, role: 'sender' | 'recipient', index: number): LoadAccount {
  const name = Buffer.from(`heddle load ${role} ${seed}`, 'utf8');
  const privateKey = keccak256(concatBytes(name, bigIntToBytesOfSize(BigInt(index), 8)));
  return { privateKey, address: addressOfPublicKey(secp256k1.publicKey(privateKey)) };
}

/** What a chain asks of every transaction. */
export interface ChainFees {
  readonly chainId: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

/** Signs a type-2 transaction. */
export function signLoad(account: LoadAccount, nonce: bigint, call: LoadCall, fees: ChainFees): Transaction {
  const unsigned = {
    type: 2 as const,
    ...fees,
    nonce,
    ...call,
    accessList: [],
    authorizationList: [],
    maxFeePerBlobGas: 0n,
    blobVersionedHashes: [],
  };
  return signTransaction(unsigned, account.privateKey);
}
