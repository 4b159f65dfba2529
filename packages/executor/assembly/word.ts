// 32-byte big-endian values in memory.

/** Whether both hold the same 32 bytes. */
@inline
export function sameWord(left: usize, right: usize): bool {
  return (
    load<u64>(left) == load<u64>(right) &&
    load<u64>(left, 8) == load<u64>(right, 8) &&
    load<u64>(left, 16) == load<u64>(right, 16) &&
    load<u64>(left, 24) == load<u64>(right, 24)
  );
}

/** Whether all 32 bytes are zero. */
@inline
export function isZeroWord(word: usize): bool {
  return (load<u64>(word) | load<u64>(word, 8) | load<u64>(word, 16) | load<u64>(word, 24)) == 0;
}

/** Whether `left` < `right` as unsigned numbers. */
export function isBelow(left: usize, right: usize): bool {
  for (let offset: usize = 0; offset < 32; offset += 8) {
    const a = bswap<u64>(load<u64>(left + offset));
    const b = bswap<u64>(load<u64>(right + offset));
    if (a != b) return a < b;
  }
  return false;
}

/** Writes `left` + `right` modulo 2^256 to `sum`, which may be either of them. */
export function addWords(sum: usize, left: usize, right: usize): void {
  let carry: u64 = 0;
  for (let offset: usize = 32; offset != 0; ) {
    offset -= 8;
    const a = bswap<u64>(load<u64>(left + offset));
    const b = bswap<u64>(load<u64>(right + offset));
    const partial = a + b;
    const total = partial + carry;
    carry = u64(partial < a) | u64(total < partial);
    store<u64>(sum + offset, bswap<u64>(total));
  }
}

/** Writes `left` - `right` modulo 2^256 to `difference`, which may be either of them. */
export function subtractWords(difference: usize, left: usize, right: usize): void {
  let borrow: u64 = 0;
  for (let offset: usize = 32; offset != 0; ) {
    offset -= 8;
    const a = bswap<u64>(load<u64>(left + offset));
    const b = bswap<u64>(load<u64>(right + offset));
    const partial = a - b;
    const total = partial - borrow;
    borrow = u64(a < b) | u64(partial < borrow);
    store<u64>(difference + offset, bswap<u64>(total));
  }
}

/** Writes `word` * `factor` modulo 2^256 to `product`, which may be `word`. */
export function multiplyWord(product: usize, word: usize, factor: u32): void {
  let carry: u64 = 0;
  for (let offset: usize = 32; offset != 0; ) {
    offset -= 4;
    const total = u64(bswap<u32>(load<u32>(word + offset))) * u64(factor) + carry;
    store<u32>(product + offset, bswap<u32>(u32(total)));
    carry = total >> 32;
  }
}

@inline
export function clearWord(word: usize): void {
  memory.fill(word, 0, 32);
}

@inline
export function copyWord(target: usize, source: usize): void {
  v128.store(target, v128.load(source));
  v128.store(target, v128.load(source, 16), 16);
}
