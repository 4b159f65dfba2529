import { addressOfPublicKey, bytesToBigInt, EMPTY_BYTES, hexToBytes, padBytes, secp256k1 } from '@heddle/primitives';
import { verifyP256 } from '../crypto/p256.ts';
import { type Precompile, rightPadded, TRUE } from './precompile.ts';

/** ECRECOVER, and P256VERIFY (EIP-7951). */
export function signaturePrecompiles(): Precompile[] {
  return [
    { address: 0x01, since: 'frontier', gas: () => 3_000n, run: ecrecover },
    { address: 0x100, since: 'osaka', gas: () => 6_900n, run: p256Verify },
  ];
}

/** The signer's address in 32 bytes; nothing when no key fits. High s is accepted. */
function ecrecover(data: Uint8Array): Uint8Array {
  const input = rightPadded(data, 128);
  const v = bytesToBigInt(input.subarray(32, 64));
  if (v !== 27n && v !== 28n) return EMPTY_BYTES;
  const recovery = v === 28n ? 1 : 0;
  const key = secp256k1.recover(input.slice(0, 32), { rs: input.slice(64, 128), recovery });
  return key === undefined ? EMPTY_BYTES : padBytes(hexToBytes(addressOfPublicKey(key)), 32);
}

/** 1, or nothing for whatever is no valid signature. */
function p256Verify(data: Uint8Array): Uint8Array {
  if (data.length !== 160) return EMPTY_BYTES;
  const word = (index: number) => data.slice(index * 32, index * 32 + 32);
  return verifyP256({ digest: word(0), r: word(1), s: word(2), x: word(3), y: word(4) }) ? TRUE : EMPTY_BYTES;
}
