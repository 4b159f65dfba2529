// Between words and the big-endian bytes of memory, calldata, storage and code.

/** `result` = the 32 big-endian bytes at `bytes`, which may be `result`. */
@inline
export function readWord(result: usize, bytes: usize): void {
  const b0 = load<u64>(bytes), b1 = load<u64>(bytes, 8), b2 = load<u64>(bytes, 16), b3 = load<u64>(bytes, 24);
  store<u64>(result, bswap<u64>(b3));
  store<u64>(result, bswap<u64>(b2), 8);
  store<u64>(result, bswap<u64>(b1), 16);
  store<u64>(result, bswap<u64>(b0), 24);
}

/** Writes `a` as 32 big-endian bytes to `bytes`, which may be `a`. */
@inline
export function writeWord(bytes: usize, a: usize): void {
  readWord(bytes, a);
}

/** `result` = the 20 big-endian bytes at `address`. */
@inline
export function readAddress(result: usize, address: usize): void {
  const b0 = load<u32>(address), b1 = load<u64>(address, 4), b2 = load<u64>(address, 12);
  store<u64>(result, bswap<u64>(b2));
  store<u64>(result, bswap<u64>(b1), 8);
  store<u64>(result, u64(bswap<u32>(b0)), 16);
  store<u64>(result, 0, 24);
}

/** Writes the low 160 bits of `a` as 20 big-endian bytes to `address`. */
@inline
export function writeAddress(address: usize, a: usize): void {
  const a0 = load<u64>(a), a1 = load<u64>(a, 8), a2 = load<u64>(a, 16);
  store<u32>(address, bswap<u32>(u32(a2)));
  store<u64>(address, bswap<u64>(a1), 4);
  store<u64>(address, bswap<u64>(a0), 12);
}
