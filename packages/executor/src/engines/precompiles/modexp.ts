import { bigIntToBytesOfSize, bytesToBigInt, EMPTY_BYTES, type Fork, isActive } from '@heddle/primitives';
import { type Poll, type Precompile, rightPadded } from './precompile.ts';

const HEAD = 96;
/** EIP-7823, bytes of each number. */
const OSAKA_LIMIT = 1_024n;
/** Before it none is set; a larger base or modulus costs more gas than there is. */
const HIGHEST_SIZE = 1n << 26n;
/** Bytes of the exponent between two questions whether the run is still wanted. */
const POLL_BYTES = 8;

/** Sizes of base, exponent and modulus, as the input's head states them. */
interface Sizes {
  readonly base: bigint;
  readonly exponent: bigint;
  readonly modulus: bigint;
}

/** How a fork prices the product of the largest number's size and the exponent's length. */
interface Pricing {
  readonly least: bigint;
  readonly divisor: bigint;
  /** Of the larger of base and modulus. */
  complexity(size: bigint): bigint;
  /** For each byte of the exponent after 32. */
  readonly perByte: bigint;
}

/** MODEXP (EIP-198), by the prices of EIP-2565 since Berlin and of EIP-7883 since Osaka. */
export function modexpPrecompile(fork: Fork, poll: Poll): Precompile {
  const pricing = pricingOf(fork);
  const limit = isActive(fork, 'osaka') ? OSAKA_LIMIT : HIGHEST_SIZE;
  return {
    address: 0x05,
    since: 'byzantium',
    gas: (data) => gasOf(pricing, data),
    run(data) {
      const { base, exponent, modulus } = sizesOf(data);
      if (base === 0n && modulus === 0n && limit !== OSAKA_LIMIT) return EMPTY_BYTES; // whatever the exponent
      if (base > limit || exponent > limit || modulus > limit) return undefined;
      const [baseEnd, exponentEnd] = [HEAD + Number(base), HEAD + Number(base + exponent)];
      const mod = numberAt(data, exponentEnd, Number(modulus));
      if (mod === 0n) return new Uint8Array(Number(modulus));
      const power = data.subarray(baseEnd, exponentEnd);
      const result = raise(numberAt(data, HEAD, Number(base)), { power, size: Number(exponent) }, mod, poll);
      return bigIntToBytesOfSize(result, Number(modulus));
    },
  };
}

function pricingOf(fork: Fork): Pricing {
  const words = (size: bigint) => (size + 7n) / 8n;
  if (isActive(fork, 'osaka')) {
    const complexity = (size: bigint) => (size > 32n ? 2n * words(size) ** 2n : 16n);
    return { least: 500n, divisor: 1n, complexity, perByte: 16n };
  }
  if (isActive(fork, 'berlin')) {
    return { least: 200n, divisor: 3n, complexity: (size) => words(size) ** 2n, perByte: 8n };
  }
  return { least: 0n, divisor: 20n, complexity: byzantiumComplexity, perByte: 8n };
}

function byzantiumComplexity(size: bigint): bigint {
  if (size <= 64n) return size ** 2n;
  if (size <= 1_024n) return size ** 2n / 4n + 96n * size - 3_072n;
  return size ** 2n / 16n + 480n * size - 199_680n;
}

function gasOf({ least, divisor, complexity, perByte }: Pricing, data: Uint8Array): bigint {
  const sizes = sizesOf(data);
  const largest = sizes.base > sizes.modulus ? sizes.base : sizes.modulus;
  const gas = (complexity(largest) * exponentLength(data, sizes, perByte)) / divisor;
  return gas < least ? least : gas;
}

/** The number of squarings, roughly: of the exponent's first 32 bytes exactly, of the others by their size. */
function exponentLength(data: Uint8Array, { base, exponent }: Sizes, perByte: bigint): bigint {
  const headSize = exponent < 32n ? Number(exponent) : 32;
  const start = BigInt(HEAD) + base;
  const head = start < BigInt(data.length) ? numberAt(data, Number(start), headSize) : 0n;
  const bits = head === 0n ? 0 : head.toString(2).length - 1;
  const length = BigInt(bits) + (exponent > 32n ? (exponent - 32n) * perByte : 0n);
  return length < 1n ? 1n : length;
}

function sizesOf(data: Uint8Array): Sizes {
  const head = rightPadded(data, HEAD);
  const word = (index: number) => bytesToBigInt(head.subarray(index * 32, index * 32 + 32));
  return { base: word(0), exponent: word(1), modulus: word(2) };
}

/** Square and multiply. Bytes of the exponent behind the input are zero. */
function raise(
  base: bigint,
  { power, size }: { readonly power: Uint8Array; readonly size: number },
  modulus: bigint,
  poll: Poll,
): bigint {
  const factor = base % modulus;
  let result = 1n % modulus;
  for (let index = 0; index < size; index++) {
    if (index % POLL_BYTES === 0) poll();
    const byte = power[index] ?? 0;
    for (let bit = 0x80; bit > 0; bit >>= 1) {
      if (result > 1n) result = (result * result) % modulus;
      if ((byte & bit) !== 0) result = (result * factor) % modulus;
    }
  }
  return result;
}

function numberAt(data: Uint8Array, start: number, size: number): bigint {
  return bytesToBigInt(rightPadded(data.subarray(start, start + size), size));
}
