import { bytesToBigInt, bytesToHex } from '@heddle/primitives';

const ERROR_SELECTOR = '0x08c379a0'; // Error(string)
const PANIC_SELECTOR = '0x4e487b71'; // Panic(uint256)

/** Solidity's panic codes in geth's words (accounts/abi). */
const PANICS: ReadonlyMap<bigint, string> = new Map([
  [0x00n, 'generic panic'],
  [0x01n, 'assert(false)'],
  [0x11n, 'arithmetic underflow or overflow'],
  [0x12n, 'division or modulo by zero'],
  [0x21n, 'enum overflow'],
  [0x22n, 'invalid encoded storage byte array accessed'],
  [0x31n, 'out-of-bounds array access; popping on an empty array'],
  [0x32n, 'out-of-bounds access of an array or bytesN'],
  [0x41n, 'out of memory'],
  [0x51n, 'uninitialized function'],
]);

/** What revert data says in words: the text of `Error(string)` or the meaning of `Panic(uint256)`, else undefined. */
export function revertReason(returnData: Uint8Array): string | undefined {
  if (returnData.length < 4) return undefined;
  const selector = bytesToHex(returnData.subarray(0, 4));
  const words = returnData.subarray(4);
  if (selector === PANIC_SELECTOR && words.length >= 32) {
    const code = bytesToBigInt(words.subarray(0, 32));
    return PANICS.get(code) ?? `unknown panic code: 0x${code.toString(16)}`;
  }
  return selector === ERROR_SELECTOR ? decodeString(words) : undefined;
}

function decodeString(words: Uint8Array): string | undefined {
  const offset = sizeAt(words, 0);
  if (offset === undefined) return undefined;
  const size = sizeAt(words, offset);
  if (size === undefined || offset + 32 + size > words.length) return undefined;
  return Buffer.from(words.subarray(offset + 32, offset + 32 + size)).toString('utf8');
}

function sizeAt(words: Uint8Array, offset: number): number | undefined {
  if (offset + 32 > words.length) return undefined;
  const value = bytesToBigInt(words.subarray(offset, offset + 32));
  return value <= BigInt(words.length) ? Number(value) : undefined;
}
