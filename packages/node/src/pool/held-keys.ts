import {
  type Address,
  addressOfPublicKey,
  concatBytes,
  keccak256,
  secp256k1,
  signDigest,
  signTransaction,
} from '@heddle/primitives';
import type { UnsignedSubmission } from './rpc-boundary.ts';

/** The prefunded accounts' keys, kept where nonces are given out. */
export interface HeldKeys {
  /** The raw signed transaction; undefined when the key is not held. */
  sign(submission: UnsignedSubmission, nonce: bigint): Uint8Array | undefined;
  /** The EIP-191 (`personal_sign`) signature of `message`, 65 bytes; undefined when the key is not held. */
  signMessage(address: Address, message: Uint8Array): Uint8Array | undefined;
}

/** Holds `privateKeys` (32 bytes each). */
export function holdKeys(privateKeys: readonly Uint8Array[]): HeldKeys {
  const keys = new Map(privateKeys.map((key) => [addressOfPublicKey(secp256k1.publicKey(key)), key]));
  return {
    sign({ from, transaction }, nonce) {
      const key = keys.get(from);
      return key && signTransaction({ ...transaction, nonce }, key).raw;
    },
    signMessage(address, message) {
      const key = keys.get(address);
      const prefix = Buffer.from(`\x19Ethereum Signed Message:\n${message.length}`, 'utf8');
      return key && signDigest(keccak256(concatBytes(prefix, message)), key);
    },
  };
}
