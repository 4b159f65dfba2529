// ADD and SUB: WebAssembly has no carry flag, so carries come out of comparisons.

/** ADD: `result` = `a` + `b` modulo 2^256. Returns the carry out of it, 0 or 1. */
@inline
export function add(result: usize, a: usize, b: usize): u64 {
  const a0 = load<u64>(a), a1 = load<u64>(a, 8), a2 = load<u64>(a, 16), a3 = load<u64>(a, 24);
  const s0 = a0 + load<u64>(b);
  const p1 = a1 + load<u64>(b, 8), s1 = p1 + u64(s0 < a0);
  const c1 = u64(p1 < a1) | u64(s1 < p1);
  const p2 = a2 + load<u64>(b, 16), s2 = p2 + c1;
  const c2 = u64(p2 < a2) | u64(s2 < p2);
  const p3 = a3 + load<u64>(b, 24), s3 = p3 + c2;
  store<u64>(result, s0);
  store<u64>(result, s1, 8);
  store<u64>(result, s2, 16);
  store<u64>(result, s3, 24);
  return u64(p3 < a3) | u64(s3 < p3);
}

/** SUB: `result` = `a` - `b` modulo 2^256. Returns the borrow: 1 when `a` < `b`. */
@inline
export function subtract(result: usize, a: usize, b: usize): u64 {
  const a0 = load<u64>(a), a1 = load<u64>(a, 8), a2 = load<u64>(a, 16), a3 = load<u64>(a, 24);
  const b0 = load<u64>(b), b1 = load<u64>(b, 8), b2 = load<u64>(b, 16), b3 = load<u64>(b, 24);
  const c0 = u64(a0 < b0);
  const p1 = a1 - b1, c1 = u64(a1 < b1) | u64(p1 < c0);
  const p2 = a2 - b2, c2 = u64(a2 < b2) | u64(p2 < c1);
  const p3 = a3 - b3;
  store<u64>(result, a0 - b0);
  store<u64>(result, p1 - c0, 8);
  store<u64>(result, p2 - c1, 16);
  store<u64>(result, p3 - c2, 24);
  return u64(a3 < b3) | u64(p3 < c2);
}

/** `result` = `a` + `value` modulo 2^256. Returns the carry. */
export function addSmall(result: usize, a: usize, value: u64): u64 {
  let carry = value;
  for (let offset: usize = 0; offset < 32; offset += 8) {
    const sum = load<u64>(a + offset) + carry;
    carry = u64(sum < carry);
    store<u64>(result + offset, sum);
  }
  return carry;
}

/** `result` = -`a`, two's complement. */
export function negate(result: usize, a: usize): void {
  let carry: u64 = 1;
  for (let offset: usize = 0; offset < 32; offset += 8) {
    const sum = ~load<u64>(a + offset) + carry;
    carry = u64(sum < carry);
    store<u64>(result + offset, sum);
  }
}
