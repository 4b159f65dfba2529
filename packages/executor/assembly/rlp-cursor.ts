// Reads RLP from its first byte to its last. Strict, and never the judge of anything: what is not canonical, or larger than
// anybody means in earnest, is `isStrange`, and whoever meets that leaves the bytes to the host, which has the words for it.

export const EMPTY_STRING: u32 = 0x80;
export const EMPTY_LIST: u32 = 0xc0;
/** From here on a first byte begins a list. */
export const LISTS: u32 = 0xc0;
/** Of a string of 20 bytes. */
export const ADDRESS_PREFIX: u32 = 0x94;
/** Of a string of 32 bytes. */
export const WORD_PREFIX: u32 = 0xa0;
/** Longer payloads have at most 55 bytes behind one byte of header. */
const LONG: u32 = 56;
/** Bytes that the size of something may take: 16 MiB are nobody's transaction. */
const SIZE_BYTES: u32 = 3;
/** Room for any number that is a gas limit, a nonce or a chain id in earnest. */
const NUMBER_BYTES: u32 = 6;
/** Fees and amounts from 2^128 on are nobody's, and sums of smaller ones cannot overflow. */
const AMOUNT_BYTES: u32 = 16;

/** The next byte. */
export let cursor: usize = 0;
let end: usize = 0;
/** Whether anything so far was not as it should be; nothing that was read counts then. */
export let isStrange: bool = false;
/** Bytes that {@link readString} found, less their header. */
export let stringSize: usize = 0;

/** Begins with the `size` bytes at `bytes`. */
export function openBytes(bytes: usize, size: usize): void {
  cursor = bytes;
  end = bytes + size;
  isStrange = false;
}

/** Whether all bytes were read and none was strange. */
export function isReadToEnd(): bool {
  return !isStrange && cursor == end;
}

/** Says that the bytes are not what the caller reads; nothing more of them is read. Returns 0. */
export function beStrange(): u32 {
  isStrange = true;
  cursor = end;
  return 0;
}

export function takeByte(): u32 {
  if (isStrange || cursor >= end) return beStrange();
  return load<u8>(cursor++);
}

/** Whether `byte` comes next; then it is taken. */
export function skips(byte: u32): bool {
  if (isStrange || cursor >= end || u32(load<u8>(cursor)) != byte) return false;
  cursor++;
  return true;
}

export function expectByte(byte: u32): void {
  if (takeByte() != byte) beStrange();
}

/** The header of a list; where its payload ends. */
export function openList(): usize {
  const first = takeByte();
  if (first < LISTS) {
    beStrange();
    return 0;
  }
  const size = first < LISTS + LONG ? usize(first - LISTS) : longSize(first - (LISTS + LONG - 1));
  if (isStrange || size > end - cursor) beStrange();
  return cursor + size;
}

/** Skips a list, whatever is in it. */
export function skipList(): void {
  cursor = openList();
}

/** A string of any length, which is skipped; returns where it begins, and sets {@link stringSize}. */
export function readString(): usize {
  const first = takeByte();
  if (first < EMPTY_STRING) {
    stringSize = 1;
    return cursor - 1;
  }
  if (first >= LISTS) beStrange();
  const size = first < EMPTY_STRING + LONG ? usize(first - EMPTY_STRING) : longSize(first - (EMPTY_STRING + LONG - 1));
  if (isStrange || size > end - cursor) beStrange();
  else if (size == 1 && u32(load<u8>(cursor)) < EMPTY_STRING) beStrange();
  const bytes = cursor;
  stringSize = isStrange ? 0 : size;
  cursor += stringSize;
  return bytes;
}

/** The 20 or 32 bytes behind `prefix`, skipped; returns where they begin. */
export function readFixed(prefix: u32): usize {
  expectByte(prefix);
  const bytes = cursor;
  const size = usize(prefix - EMPTY_STRING);
  if (isStrange || size > end - cursor) beStrange();
  else cursor += size;
  return bytes;
}

/** A number of at most NUMBER_BYTES bytes. */
export function readNumber(): u64 {
  const size = integer(NUMBER_BYTES);
  let value: u64 = 0;
  for (let index: u32 = 0; index < size; index++) value = (value << 8) | u64(load<u8>(cursor + index));
  cursor += size;
  return value;
}

/** An amount of at most AMOUNT_BYTES bytes, as 32 big-endian bytes to `target`. */
export function readAmount(target: usize): void {
  const size = integer(AMOUNT_BYTES);
  memory.fill(target, 0, 32);
  for (let index: u32 = 0; index < size; index++) store<u8>(target + 32 - size + index, load<u8>(cursor + index));
  cursor += size;
}

/** Skips half of a signature: not 0, at most 32 bytes. */
export function skipScalar(): void {
  const size = integer(32);
  if (size == 0) beStrange();
  else cursor += size;
}

/** Bytes of the canonical integer that the cursor is moved to; 0 for zero. */
function integer(most: u32): u32 {
  if (isStrange || cursor >= end) return beStrange();
  const first: u32 = load<u8>(cursor);
  if (first == 0) return beStrange();
  if (first < EMPTY_STRING) return 1;
  const size = first - EMPTY_STRING;
  cursor++;
  if (size == 0) return 0;
  if (size > most || cursor + size > end) return beStrange();
  const highest = load<u8>(cursor);
  return highest == 0 || (size == 1 && highest < 0x80) ? beStrange() : size;
}

/** The size of a long string or list, which takes `count` bytes. */
function longSize(count: u32): usize {
  if (count > SIZE_BYTES) return beStrange();
  let size: usize = 0;
  for (let index: u32 = 0; index < count; index++) {
    const byte = takeByte();
    if (index == 0 && byte == 0) beStrange();
    size = (size << 8) | usize(byte);
  }
  if (size < usize(LONG)) beStrange();
  return size;
}
