// RLP of nodes (yellow paper, appendices B and D).
import { copyBytes } from "./bytes";
import {
  BRANCH_CHILDREN, BRANCH_INLINE, BRANCH_MASK, ITEM_BALANCE, ITEM_NONCE,
} from "./layout";
import { packPath } from "./nibbles";

/** From this size on a node has a record of its own and its parent holds its hash. */
export const HASH_SIZE: u32 = 32;
export const STRING: u32 = 0x80;
export const LIST: u32 = 0xc0;
const MAX_SHORT: u32 = 55;

@inline
export function prefixSize(size: u32): u32 {
  return size <= MAX_SHORT ? 1 : size < 0x100 ? 2 : size < 0x10000 ? 3 : size < 0x1000000 ? 4 : 5;
}

/** Writes what stands before a string (0x80) or list (0xc0) of `size` bytes; the address behind it. */
export function writePrefix(target: usize, base: u32, size: u32): usize {
  if (size <= MAX_SHORT) {
    store<u8>(target, base + size);
    return target + 1;
  }
  const sizeOfSize = prefixSize(size) - 1;
  store<u8>(target, base + MAX_SHORT + sizeOfSize);
  for (let index: u32 = 0; index < sizeOfSize; index++) {
    store<u8>(target + 1 + index, size >> ((sizeOfSize - 1 - index) << 3));
  }
  return target + 1 + sizeOfSize;
}

/** Size of a number as RLP. */
export function numberSize(value: u64): u32 {
  return value < u64(STRING) ? 1 : 1 + byteCount(value);
}

/** Writes a number, big-endian without leading zeros; the address behind it. */
export function writeNumber(target: usize, value: u64): usize {
  if (value != 0 && value < u64(STRING)) {
    store<u8>(target, value);
    return target + 1;
  }
  const size = byteCount(value);
  store<u8>(target, STRING + size);
  for (let left = size; left > 0; left--, value >>= 8) store<u8>(target + left, value);
  return target + 1 + size;
}

@inline
function byteCount(value: u64): u32 {
  return (71 - u32(clz(value))) >> 3;
}

/** Bytes of a packed path of this many nibbles, as RLP. */
@inline
function pathSize(nibbles: u32): u32 {
  return nibbles < 2 ? 1 : 2 + (nibbles >> 1);
}

function writePath(target: usize, path: usize, from: u32, to: u32, isLeaf: bool): usize {
  const size = ((to - from) >> 1) + 1;
  if (size > 1) store<u8>(target++, STRING + size);
  return target + packPath(target, path, from, to, isLeaf);
}

/** Whether this is a byte below 0x80, which is its own encoding. */
@inline
export function isOwnEncoding(value: usize, size: u32): bool {
  return size == 1 && u32(load<u8>(value)) < STRING;
}

/** Size of all of a leaf's encoding but its value, which has `size` bytes and ends a path of this many nibbles. */
export function leafHeadSize(nibbles: u32, value: usize, size: u32): u32 {
  const head = pathSize(nibbles) + (isOwnEncoding(value, size) ? 0 : prefixSize(size));
  return head + prefixSize(head + size);
}

/** Writes that head for the leaf of `key` that begins at nibble `from`. */
export function writeLeafHead(target: usize, key: usize, from: u32, to: u32, value: usize, size: u32): void {
  const isOwn = isOwnEncoding(value, size);
  const content = pathSize(to - from) + (isOwn ? 0 : prefixSize(size)) + size;
  const end = writePath(writePrefix(target, LIST, content), key, from, to, true);
  if (!isOwn) writePrefix(end, STRING, size);
}

/** Writes the extension over nibbles `from` to `to` of `path` to a child with this reference; the size. */
export function encodeExtension(target: usize, path: usize, from: u32, to: u32, reference: usize, size: u32): u32 {
  const isHash = size == HASH_SIZE;
  const content = pathSize(to - from) + size + (isHash ? 1 : 0);
  let end = writePath(writePrefix(target, LIST, content), path, from, to, false);
  if (isHash) store<u8>(end++, STRING + HASH_SIZE);
  memory.copy(end, reference, size);
  return u32(end + size - target);
}

/** Writes the branch's encoding; the size. */
export function encodeBranch(target: usize, branch: usize): u32 {
  const mask: u32 = load<u16>(branch, BRANCH_MASK);
  const inlined: u32 = load<u16>(branch, BRANCH_INLINE);
  const count = u32(popcnt(mask));
  let reference = branch + BRANCH_CHILDREN + (count << 2);
  let content: u32 = 17 + (count - u32(popcnt(inlined))) * HASH_SIZE;
  if (inlined != 0) {
    for (let way: u32 = 0, at = reference; way < 16; way++) {
      if ((mask >> way) & 1) {
        if ((inlined >> way) & 1) content += inlineSize(at) - 1;
        at += 32;
      }
    }
  }
  let end = writePrefix(target, LIST, content);
  for (let way: u32 = 0; way < 16; way++) {
    if (((mask >> way) & 1) == 0) {
      store<u8>(end++, STRING);
      continue;
    }
    end = writeReference(end, reference, ((inlined >> way) & 1) ? inlineSize(reference) : HASH_SIZE);
    reference += 32;
  }
  store<u8>(end++, STRING); // the value that no branch here has
  return u32(end - target);
}

/** Writes a child's reference as its parent holds it; the address behind it. */
export function writeReference(target: usize, reference: usize, size: u32): usize {
  if (size != HASH_SIZE) {
    memory.copy(target, reference, size);
    return target + size;
  }
  store<u8>(target, STRING + HASH_SIZE);
  v128.store(target + 1, v128.load(reference));
  v128.store(target + 17, v128.load(reference, 16));
  return target + 33;
}

/** Size of an encoding that is shorter than a hash: all of its list. */
@inline
export function inlineSize(reference: usize): u32 {
  return u32(load<u8>(reference)) - LIST + 1;
}

/** Writes the branch of 16 references with their sizes (0: none); the size. */
export function encodeReferences(target: usize, sizes: usize, references: usize): u32 {
  let content: u32 = 1;
  for (let way: usize = 0; way < 16; way++) {
    const size: u32 = load<u8>(sizes + way);
    content += size == HASH_SIZE ? HASH_SIZE + 1 : size == 0 ? 1 : size;
  }
  let end = writePrefix(target, LIST, content);
  for (let way: usize = 0; way < 16; way++) {
    const size: u32 = load<u8>(sizes + way);
    if (size == 0) store<u8>(end++, STRING);
    else end = writeReference(end, references + (way << 5), size);
  }
  store<u8>(end++, STRING);
  return u32(end - target);
}

/** Writes the account of `item` as its leaf holds it (yellow paper 4.1); the size. */
export function encodeAccount(target: usize, item: usize, storageRoot: usize, codeHash: usize): u32 {
  const nonceSize = 8 - leadingZeros(item + ITEM_NONCE, 8);
  const balanceSize = 32 - leadingZeros(item + ITEM_BALANCE, 32);
  const nonce = item + ITEM_NONCE + 8 - nonceSize;
  const balance = item + ITEM_BALANCE + 32 - balanceSize;
  const content = fieldSize(nonce, nonceSize) + fieldSize(balance, balanceSize) + 66;
  let end = writeField(writePrefix(target, LIST, content), nonce, nonceSize);
  end = writeReference(writeField(end, balance, balanceSize), storageRoot, HASH_SIZE);
  end = writeReference(end, codeHash, HASH_SIZE);
  return u32(end - target);
}

/** Writes a slot's 32-byte value as its leaf holds it; the size. */
export function encodeSlotValue(target: usize, value: usize): u32 {
  const size = 32 - leadingZeros(value, 32);
  return u32(writeField(target, value + 32 - size, size) - target);
}

/** Zero bytes before the first other one, of `size`, a multiple of 8. */
export function leadingZeros(bytes: usize, size: u32): u32 {
  for (let at: u32 = 0; at < size; at += 8) {
    const word = load<u64>(bytes + at);
    if (word != 0) return at + (u32(ctz(word)) >> 3);
  }
  return size;
}

/** Size of a string of at most 55 bytes as RLP. */
@inline
export function fieldSize(bytes: usize, size: u32): u32 {
  return isOwnEncoding(bytes, size) ? 1 : size + 1;
}

/** Writes such a string; the address behind it. */
export function writeField(target: usize, bytes: usize, size: u32): usize {
  if (!isOwnEncoding(bytes, size)) store<u8>(target++, STRING + size);
  copyBytes(target, bytes, size);
  return target + size;
}
