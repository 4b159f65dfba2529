// MUL. WebAssembly has no product of 64 by 64 bits that keeps the high half: it is put together from four of 32 by 32.

/** MUL: `result` = `a` * `b` modulo 2^256. */
export function multiply(result: usize, a: usize, b: usize): void {
  let a0 = load<u64>(a), a1 = load<u64>(a, 8), a2 = load<u64>(a, 16), a3 = load<u64>(a, 24);
  let b0 = load<u64>(b), b1 = load<u64>(b, 8), b2 = load<u64>(b, 16), b3 = load<u64>(b, 24);
  if ((a1 | a2 | a3) == 0) {
    const limb = a0;
    a0 = b0;
    a1 = b1;
    a2 = b2;
    a3 = b3;
    b0 = limb;
    b1 = 0;
    b2 = 0;
    b3 = 0;
  }
  let carry = highOf(a0, b0);
  store<u64>(result, a0 * b0);
  let r1 = sumLow(a1, b0, 0, carry);
  carry = sumHigh(a1, b0, 0, carry);
  let r2 = sumLow(a2, b0, 0, carry);
  let r3 = a3 * b0 + sumHigh(a2, b0, 0, carry);
  if ((b1 | b2 | b3) != 0) {
    carry = sumHigh(a0, b1, r1, 0);
    r1 += a0 * b1;
    const r2b = sumLow(a1, b1, r2, carry);
    r3 += a2 * b1 + sumHigh(a1, b1, r2, carry);
    r2 = r2b + a0 * b2;
    r3 += a1 * b2 + a0 * b3 + sumHigh(a0, b2, r2b, 0);
  }
  store<u64>(result, r1, 8);
  store<u64>(result, r2, 16);
  store<u64>(result, r3, 24);
}

/** The whole product of `a` and `b`: 512 bits at `product`, which overlaps neither. */
export function multiplyFull(product: usize, a: usize, b: usize): void {
  const a0 = load<u64>(a), a1 = load<u64>(a, 8), a2 = load<u64>(a, 16), a3 = load<u64>(a, 24);
  let limb = load<u64>(b);
  store<u64>(product, a0 * limb);
  let carry = highOf(a0, limb);
  let r1 = sumLow(a1, limb, 0, carry);
  carry = sumHigh(a1, limb, 0, carry);
  let r2 = sumLow(a2, limb, 0, carry);
  carry = sumHigh(a2, limb, 0, carry);
  let r3 = sumLow(a3, limb, 0, carry);
  let r4 = sumHigh(a3, limb, 0, carry);
  for (let row: usize = 8; row < 32; row += 8) {
    limb = load<u64>(b + row);
    carry = sumHigh(a0, limb, r1, 0);
    store<u64>(product + row, sumLow(a0, limb, r1, 0));
    r1 = sumLow(a1, limb, r2, carry);
    carry = sumHigh(a1, limb, r2, carry);
    r2 = sumLow(a2, limb, r3, carry);
    carry = sumHigh(a2, limb, r3, carry);
    r3 = sumLow(a3, limb, r4, carry);
    r4 = sumHigh(a3, limb, r4, carry);
  }
  store<u64>(product, r1, 32);
  store<u64>(product, r2, 40);
  store<u64>(product, r3, 48);
  store<u64>(product, r4, 56);
}

/** The low half of `a` * `b` + `c` + `d`, which always fits 128 bits. */
@inline
export function sumLow(a: u64, b: u64, c: u64, d: u64): u64 {
  return a * b + c + d;
}

/** The high half of it. */
@inline
export function sumHigh(a: u64, b: u64, c: u64, d: u64): u64 {
  const low = a * b;
  const partial = low + c;
  return highOf(a, b) + u64(partial < low) + u64(partial + d < partial);
}

/** The high half of `a` * `b`. */
@inline
export function highOf(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff, aHigh = a >> 32, bLow = b & 0xffffffff, bHigh = b >> 32;
  const cross = aLow * bHigh;
  const middle = ((aLow * bLow) >> 32) + (cross & 0xffffffff) + aHigh * bLow; // stays below 2^64
  return aHigh * bHigh + (cross >> 32) + (middle >> 32);
}
