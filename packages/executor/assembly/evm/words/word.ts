// A word of the EVM: 256 bits as four u64 limbs, the lowest first, 32 bytes in memory. The functions of this folder
// take addresses; a result may lie exactly on an operand, but not overlap one in part.
//
//   0 lowest limb | 8 | 16 | 24 highest limb .. 32

const ALL_ONES: u64 = 0xffffffffffffffff;

@inline
export function isZero(a: usize): bool {
  return (load<u64>(a) | load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)) == 0;
}

/** Whether `a` < 2^64, so that its lowest limb is all of it. */
@inline
export function isSmall(a: usize): bool {
  return (load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)) == 0;
}

/** Whether `a` = 2^256 - 1. */
@inline
export function isAllOnes(a: usize): bool {
  return (load<u64>(a) & load<u64>(a, 8) & load<u64>(a, 16) & load<u64>(a, 24)) == ALL_ONES;
}

/** Whether `a`, as two's complement, is below 0. */
@inline
export function isNegative(a: usize): bool {
  return <i64>load<u64>(a, 24) < 0;
}

/** `a`, or 2^64 - 1 when it is above that. */
@inline
export function saturated(a: usize): u64 {
  return isSmall(a) ? load<u64>(a) : ALL_ONES;
}

/** `result` = `value`. */
@inline
export function setSmall(result: usize, value: u64): void {
  store<u64>(result, value);
  store<u64>(result, 0, 8);
  store<u64>(result, 0, 16);
  store<u64>(result, 0, 24);
}

@inline
export function copyWord(result: usize, a: usize): void {
  const low = v128.load(a);
  const high = v128.load(a, 16);
  v128.store(result, low);
  v128.store(result, high, 16);
}

/** `a` and `b` exchange their values. */
@inline
export function exchangeWords(a: usize, b: usize): void {
  const low = v128.load(a);
  const high = v128.load(a, 16);
  copyWord(a, b);
  v128.store(b, low);
  v128.store(b, high, 16);
}

@inline
export function isEqual(a: usize, b: usize): bool {
  return (
    ((load<u64>(a) ^ load<u64>(b)) |
      (load<u64>(a, 8) ^ load<u64>(b, 8)) |
      (load<u64>(a, 16) ^ load<u64>(b, 16)) |
      (load<u64>(a, 24) ^ load<u64>(b, 24))) ==
    0
  );
}

/** LT: whether `a` < `b`, unsigned. GT is the same with its operands exchanged. */
@inline
export function isBelow(a: usize, b: usize): bool {
  const a3 = load<u64>(a, 24), b3 = load<u64>(b, 24);
  if (a3 != b3) return a3 < b3;
  const a2 = load<u64>(a, 16), b2 = load<u64>(b, 16);
  if (a2 != b2) return a2 < b2;
  const a1 = load<u64>(a, 8), b1 = load<u64>(b, 8);
  if (a1 != b1) return a1 < b1;
  return load<u64>(a) < load<u64>(b);
}

/** SLT: whether `a` < `b`, both two's complement. */
@inline
export function isSignedBelow(a: usize, b: usize): bool {
  const a3 = <i64>load<u64>(a, 24), b3 = <i64>load<u64>(b, 24);
  if (a3 != b3) return a3 < b3;
  return isBelow(a, b);
}

/** How many bits `a` has without leading zeros: 0 to 256. */
export function bitLength(a: usize): u32 {
  for (let offset: usize = 32; offset != 0; ) {
    offset -= 8;
    const limb = load<u64>(a + offset);
    if (limb != 0) return u32(offset) * 8 + 64 - u32(clz<u64>(limb));
  }
  return 0;
}

/** How many bytes `a` has without leading zeros: what EXP is charged by. */
@inline
export function byteLength(a: usize): u32 {
  return (bitLength(a) + 7) >> 3;
}
