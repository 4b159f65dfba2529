// Keys and paths: bytes, of which a nibble is half a one, the high half first.

/** Nibble `index` of the path at `path`. */
@inline
export function nibbleAt(path: usize, index: u32): u32 {
  return (u32(load<u8>(path + usize(index >> 1))) >> ((~index & 1) << 2)) & 15;
}

/** Sets nibble `index` of the path at `path`. */
export function setNibble(path: usize, index: u32, nibble: u32): void {
  const at = path + usize(index >> 1);
  const shift = (~index & 1) << 2;
  store<u8>(at, (u32(load<u8>(at)) & ~(15 << shift)) | (nibble << shift));
}

/** The first nibble from `from` on at which two paths of 32 bytes differ, at most `to`. */
export function sharedUntil(first: usize, second: usize, from: u32, to: u32): u32 {
  let difference = word(first, from) ^ word(second, from);
  difference &= u64(-1) >> u64((from & 15) << 2);
  let start = from & ~15;
  while (difference == 0) {
    start += 16;
    if (start >= to) return to;
    difference = word(first, start) ^ word(second, start);
  }
  const found = start + (u32(clz(difference)) >> 2);
  return found < to ? found : to;
}

/** The 16 nibbles around nibble `index`, the first one highest. */
@inline
export function word(path: usize, index: u32): u64 {
  return bswap<u64>(load<u64>(path + usize(index >> 4 << 3)));
}

/** Writes nibbles `from` to `to` of `path` packed with their parity and kind (yellow paper, appendix C). The size. */
export function packPath(target: usize, path: usize, from: u32, to: u32, isLeaf: bool): u32 {
  const isOdd = (to - from) & 1;
  const first = (isLeaf ? 0x20 : 0) | (isOdd ? 0x10 | nibbleAt(path, from) : 0);
  store<u8>(target, first);
  let at = target + 1;
  let index = from + isOdd;
  if ((index & 1) == 0) for (; index + 16 <= to; index += 16, at += 8) store<u64>(at, load<u64>(path + usize(index >> 1)));
  for (; index < to; index += 2, at++) {
    store<u8>(at, (nibbleAt(path, index) << 4) | nibbleAt(path, index + 1));
  }
  return u32(at - target);
}
