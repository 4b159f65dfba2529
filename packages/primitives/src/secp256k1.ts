import { createRequire } from 'node:module';
import { HeddleError } from './errors.ts';

/** An ECDSA signature over secp256k1: r ‖ s (64 bytes, low s when we made it) and the recovery bit. */
export interface Signature {
  readonly rs: Uint8Array;
  readonly recovery: 0 | 1;
}

/** secp256k1 by the fastest library that loads here. All keys and digests are 32 bytes. */
export interface Secp256k1 {
  /** Which library answers; said once at start. */
  readonly name: 'native' | 'wasm';
  /** Deterministic (RFC 6979), low-s signature of a digest. */
  sign(digest: Uint8Array, privateKey: Uint8Array): Signature;
  /** The signer's public key, 64 bytes without prefix; undefined when no key fits. Accepts high s. */
  recover(digest: Uint8Array, signature: Signature): Uint8Array | undefined;
  /** The public key of a private key, 64 bytes without prefix. */
  publicKey(privateKey: Uint8Array): Uint8Array;
  /** Whether the 32 bytes are a private key (1 to n-1). */
  isPrivateKey(privateKey: Uint8Array): boolean;
}

const require = createRequire(import.meta.url);

/** The library of this process: native libsecp256k1 where its prebuild loads, else WebAssembly, never plain JavaScript. */
export const secp256k1: Secp256k1 = loadNative() ?? loadWasm();

function loadNative(): Secp256k1 | undefined {
  try {
    // The package's main entry falls back to slow JavaScript without a word; its bindings throw instead.
    const native = require('secp256k1/bindings.js') as NativeSecp256k1;
    return {
      name: 'native',
      sign(digest, privateKey) {
        const { signature, recid } = native.ecdsaSign(digest, privateKey);
        return { rs: signature, recovery: recid as 0 | 1 };
      },
      recover(digest, signature) {
        try {
          return native.ecdsaRecover(signature.rs, signature.recovery, digest, false).subarray(1);
        } catch {
          return undefined; // the library throws for r or s out of range and for no point at r
        }
      },
      publicKey: (privateKey) => native.publicKeyCreate(privateKey, false).subarray(1),
      isPrivateKey: (privateKey) => privateKey.length === 32 && native.privateKeyVerify(privateKey),
    };
  } catch {
    return undefined;
  }
}

function loadWasm(): Secp256k1 {
  const tiny = require('tiny-secp256k1') as TinySecp256k1;
  return {
    name: 'wasm',
    sign(digest, privateKey) {
      const { signature, recoveryId } = tiny.signRecoverable(digest, privateKey);
      return { rs: signature, recovery: recoveryId as 0 | 1 };
    },
    recover(digest, signature) {
      try {
        return tiny.recover(digest, signature.rs, signature.recovery, false)?.subarray(1);
      } catch {
        return undefined;
      }
    },
    publicKey(privateKey) {
      const point = tiny.pointFromScalar(privateKey, false);
      if (!point) throw new HeddleError('KEY_MALFORMED', 'the private key is out of range');
      return point.subarray(1);
    },
    isPrivateKey: (privateKey) => privateKey.length === 32 && tiny.isPrivate(privateKey),
  };
}

interface NativeSecp256k1 {
  ecdsaSign(digest: Uint8Array, key: Uint8Array): { signature: Uint8Array; recid: number };
  ecdsaRecover(rs: Uint8Array, recid: number, digest: Uint8Array, compressed: boolean): Uint8Array;
  publicKeyCreate(key: Uint8Array, compressed: boolean): Uint8Array;
  privateKeyVerify(key: Uint8Array): boolean;
}

interface TinySecp256k1 {
  signRecoverable(digest: Uint8Array, key: Uint8Array): { signature: Uint8Array; recoveryId: number };
  recover(digest: Uint8Array, rs: Uint8Array, recid: number, compressed: boolean): Uint8Array | null;
  pointFromScalar(key: Uint8Array, compressed: boolean): Uint8Array | null;
  isPrivate(key: Uint8Array): boolean;
}
