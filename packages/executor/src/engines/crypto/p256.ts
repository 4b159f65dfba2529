import { createECDH } from 'node:crypto';
import { bigIntToBytesOfSize, bytesToBigInt, concatBytes } from '@heddle/primitives';

/** A P-256 signature to check: digest, signature and affine public key, 32 bytes each. */
export interface P256Signature {
  readonly digest: Uint8Array;
  readonly r: Uint8Array;
  readonly s: Uint8Array;
  readonly x: Uint8Array;
  readonly y: Uint8Array;
}

const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const UNCOMPRESSED = Uint8Array.of(4);

type Point = readonly [x: bigint, y: bigint];

/**
 * Whether the signature is valid (EIP-7951). node:crypto verifies only what it hashes itself, so this goes over two
 * ECDH operations: with T = (h/r)G and W = Q + T, the signature holds when x((r/s)W) mod n = r. Ten times as fast as
 * plain JavaScript.
 */
export function verifyP256(signature: P256Signature): boolean {
  const [h, r, s] = [signature.digest, signature.r, signature.s].map(bytesToBigInt) as [bigint, bigint, bigint];
  const key: Point = [bytesToBigInt(signature.x), bytesToBigInt(signature.y)];
  if (r === 0n || r >= N || s === 0n || s >= N || !isPublicKey(key)) return false;
  const ecdh = createECDH('prime256v1');
  const t = ((h % N) * inverse(r, N)) % N;
  const sum = t === 0n ? key : addPoints(key, basePointTimes(ecdh, t));
  if (sum === undefined) return false;
  ecdh.setPrivateKey(bigIntToBytesOfSize((r * inverse(s, N)) % N, 32));
  const x = bytesToBigInt(ecdh.computeSecret(encodePoint(sum)));
  return x % N === r;
}

function isPublicKey([x, y]: Point): boolean {
  // The point at infinity, written (0, 0), fails the equation.
  return x < P && y < P && (y * y - (x * x * x - 3n * x + B)) % P === 0n;
}

function basePointTimes(ecdh: ReturnType<typeof createECDH>, scalar: bigint): Point {
  ecdh.setPrivateKey(bigIntToBytesOfSize(scalar, 32));
  const point = ecdh.getPublicKey();
  return [bytesToBigInt(point.subarray(1, 33)), bytesToBigInt(point.subarray(33))];
}

/** The affine sum; undefined at infinity. */
function addPoints([x1, y1]: Point, [x2, y2]: Point): Point | undefined {
  if (x1 === x2 && (y1 + y2) % P === 0n) return undefined;
  const slope = x1 === x2 ? (3n * x1 * x1 - 3n) * inverse(2n * y1, P) : (y2 - y1) * inverse(x2 - x1, P);
  const x = modulo(slope * slope - x1 - x2, P);
  return [x, modulo(slope * (x1 - x) - y1, P)];
}

function encodePoint([x, y]: Point): Uint8Array {
  return concatBytes(UNCOMPRESSED, bigIntToBytesOfSize(x, 32), bigIntToBytesOfSize(y, 32));
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [low, high] = [modulo(value, modulus), modulus];
  let [a, b] = [1n, 0n];
  while (low > 1n) {
    const quotient = high / low;
    [high, low] = [low, high - quotient * low];
    [b, a] = [a, b - quotient * a];
  }
  return modulo(a, modulus);
}

function modulo(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}
