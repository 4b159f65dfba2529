import { createHash } from 'node:crypto';
import { padBytes } from '@heddle/primitives';
import type { Blake2f } from '../crypto/blake2f.ts';
import { sha256 } from '../crypto/sha256.ts';
import type { Poll, Precompile } from './precompile.ts';

/** SHA-256, RIPEMD-160 and the identity. */
export function hashPrecompiles(): Precompile[] {
  return [
    { address: 0x02, since: 'frontier', gas: perWord(60, 12), run: sha256 },
    { address: 0x03, since: 'frontier', gas: perWord(600, 120), run: ripemd160 },
    { address: 0x04, since: 'frontier', gas: perWord(15, 3), run: (data) => Uint8Array.from(data) },
  ];
}

/** The rounds of BLAKE2b (EIP-152), one gas each. */
export function blake2fPrecompile(blake2f: Blake2f, poll: Poll): Precompile {
  const rounds = (data: Uint8Array) => new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(0);
  const isWellFormed = (data: Uint8Array) => data.length === 213 && (data[212] as number) <= 1;
  return {
    address: 0x09,
    since: 'istanbul',
    gas: (data) => (isWellFormed(data) ? BigInt(rounds(data)) : 0n),
    run: (data) => (isWellFormed(data) ? blake2f(rounds(data), data.subarray(4), poll) : undefined),
  };
}

function ripemd160(data: Uint8Array): Uint8Array {
  return padBytes(createHash('ripemd160').update(data).digest(), 32);
}

function perWord(base: number, word: number): (data: Uint8Array) => bigint {
  return (data) => BigInt(base + word * Math.ceil(data.length / 32));
}
