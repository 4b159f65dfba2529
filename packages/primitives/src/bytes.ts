import { HeddleError } from './errors.ts';

/** Lower-case hexadecimal with the prefix `0x`; even length when it stands for bytes. */
export type Hex = `0x${string}`;
/** 20 bytes as lower-case hex. Checksum casing exists at the edges only. */
export type Address = Hex;
/** 32 bytes as lower-case hex. */
export type Hash = Hex;

/** The address of 20 zero bytes. */
export const ZERO_ADDRESS: Address = `0x${'00'.repeat(20)}`;
/** The hash of 32 zero bytes. */
export const ZERO_HASH: Hash = `0x${'00'.repeat(32)}`;
/** No bytes. */
export const EMPTY_BYTES = new Uint8Array(0);

/** Of short bytes a copy is written: to name the memory of an array that lives in the heap moves it out first. */
const SHORT_BYTES = 64;
const scratch = Buffer.alloc(SHORT_BYTES);

/** Bytes as `0x` hex. */
export function bytesToHex(bytes: Uint8Array): Hex {
  if (bytes.length <= SHORT_BYTES) {
    scratch.set(bytes);
    return `0x${scratch.toString('hex', 0, bytes.length)}`;
  }
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
}

/**
 * The bytes of a `0x` hex string of even length, upper or lower case.
 *
 * @throws HeddleError `HEX_MALFORMED`
 */
export function hexToBytes(hex: string): Uint8Array {
  if (hex.length <= SHORT_HEX_LENGTH) {
    const bytes = shortHexToBytes(hex);
    if (bytes) return bytes;
  }
  // A repeated group in the expression would overflow the stack on a megabyte of digits.
  if (hex.length % 2 !== 0 || !/^0x[0-9a-fA-F]*$/.test(hex)) {
    throw hexMalformed(hex);
  }
  const buffer = Buffer.from(hex.slice(2), 'hex');
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

function hexMalformed(hex: string): HeddleError {
  return new HeddleError('HEX_MALFORMED', `expected 0x-prefixed hex of even length, got ${preview(hex)}`);
}

/** Up to a signature of 65 bytes a loop is faster than a Buffer. */
const SHORT_HEX_LENGTH = 2 + 2 * 65;
/** The value of each ASCII hex digit, 255 for other characters. */
const NIBBLES = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = '0123456789abcdef'.indexOf(String.fromCharCode(code).toLowerCase());
  return value < 0 ? 255 : value;
});

/** Undefined for what is no hex of whole bytes. */
function shortHexToBytes(hex: string): Uint8Array | undefined {
  if (hex.length % 2 !== 0 || !hex.startsWith('0x')) return undefined;
  const bytes = new Uint8Array(hex.length / 2 - 1);
  return putHex(bytes, 0, hex) ? bytes : undefined;
}

/**
 * Writes the bytes of a `0x` hex string to `offset` of `target`; gives where they end.
 *
 * @throws HeddleError `HEX_MALFORMED`
 */
export function writeHex(target: Uint8Array, offset: number, hex: string): number {
  const size = hex.length / 2 - 1;
  if (hex.length % 2 !== 0 || !hex.startsWith('0x')) throw hexMalformed(hex);
  const isWritten =
    hex.length <= SHORT_HEX_LENGTH
      ? putHex(target, offset, hex)
      : Buffer.from(target.buffer, target.byteOffset, target.length).write(hex.slice(2), offset, 'hex') === size;
  if (!isWritten) throw hexMalformed(hex);
  return offset + size;
}

/** Whether all of `hex` behind the prefix are digits. */
function putHex(target: Uint8Array, offset: number, hex: string): boolean {
  const end = offset + hex.length / 2 - 1;
  for (let index = offset, place = 2; index < end; index++, place += 2) {
    const high = NIBBLES[hex.charCodeAt(place)] ?? 255;
    const low = NIBBLES[hex.charCodeAt(place + 1)] ?? 255;
    if (high > 15 || low > 15) return false;
    target[index] = high * 16 + low;
  }
  return true;
}

/** Any number of so many bytes is a safe integer. */
const SAFE_BYTES = 6;

/** The big-endian number in `bytes`; 0 for none. */
export function bytesToBigInt(bytes: Uint8Array): bigint {
  if (bytes.length > SAFE_BYTES) return BigInt(bytesToHex(bytes));
  let value = 0;
  for (const byte of bytes) value = value * 0x100 + byte;
  return BigInt(value);
}

/** `value` (>= 0) big-endian without leading zeros; 0 has no bytes, as RLP wants it. */
export function bigIntToBytes(value: bigint): Uint8Array {
  if (value >= 0n && value <= Number.MAX_SAFE_INTEGER) return numberToBytes(Number(value));
  const digits = value.toString(16);
  return hexToBytes(`0x${digits.length % 2 === 0 ? digits : `0${digits}`}`);
}

/** `value` (a safe integer >= 0) big-endian without leading zeros; 0 has no bytes, as RLP wants it. */
export function numberToBytes(value: number): Uint8Array {
  let size = 0;
  for (let left = value; left >= 1; left /= 0x100) size++;
  const bytes = new Uint8Array(size);
  for (let place = size - 1, left = value; place >= 0; place--, left = Math.floor(left / 0x100))
    bytes[place] = left % 0x100;
  return bytes;
}

/**
 * `value` (>= 0) big-endian in exactly `size` bytes.
 *
 * @throws HeddleError `NUMBER_TOO_LARGE`
 */
export function bigIntToBytesOfSize(value: bigint, size: number): Uint8Array {
  const digits = value.toString(16);
  if (value < 0n || digits.length > size * 2) {
    throw new HeddleError('NUMBER_TOO_LARGE', `${value} does not fit ${size} bytes`);
  }
  return hexToBytes(`0x${digits.padStart(size * 2, '0')}`);
}

/** One array holding all `parts` in order. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const part of parts) size += part.length;
  const joined = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Whether both hold the same bytes. Not constant-time: never for secrets. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  const size = left.length;
  if (size !== right.length) return false;
  if (size > SHORT_BYTES) return Buffer.compare(left, right) === 0;
  for (let place = 0; place < size; place++) if (left[place] !== right[place]) return false;
  return true;
}

/** `bytes` with zeros put in front until it has `size`; longer input is returned as it is. */
export function padBytes(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length >= size) return bytes;
  const padded = new Uint8Array(size);
  padded.set(bytes, size - bytes.length);
  return padded;
}

/** `bytes` without its leading zeros. */
export function trimBytes(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length && bytes[start] === 0) start++;
  return start === 0 ? bytes : bytes.subarray(start);
}

/** A JSON-RPC quantity: `0x` hex without leading zeros. */
export function toQuantity(value: bigint | number): Hex {
  return `0x${value.toString(16)}`;
}

function preview(text: string): string {
  return text.length <= 40 ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, 40))}…`;
}
