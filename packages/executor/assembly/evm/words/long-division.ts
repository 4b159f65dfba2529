// Division of up to 512 bits by 256: Knuth, TAOCP vol. 2, 4.3.1, algorithm D, on limbs of 32 bits, since WebAssembly
// divides 64 bits by 64 at most.
import { workerWordScratch, LONG_DIVIDEND, LONG_DIVISOR, LONG_QUOTIENT, LONG_REMAINDER } from "./scratch";
import { copyWord, setSmall } from "./word";

const LIMB: u64 = 0x100000000;

/**
 * Divides the `size` limbs at `dividend` (8 to 16) by the word at `divisor`, which is not 0. Leaves the quotient at
 * LONG_QUOTIENT (a word, two for more than 8 limbs) and the remainder, a word, at LONG_REMAINDER of the scratch memory.
 */
export function divideLong(dividend: usize, size: u32, divisor: usize): void {
  const quotient = workerWordScratch + LONG_QUOTIENT, remainder = workerWordScratch + LONG_REMAINDER;
  setSmall(quotient, 0);
  if (size > 8) setSmall(quotient + 32, 0);
  const n = limbCount(divisor, 8), m = limbCount(dividend, size);
  if (m < n) {
    copyWord(remainder, dividend);
    return;
  }
  setSmall(remainder, 0);
  if (n == 1) {
    store<u64>(remainder, divideShort(quotient, dividend, m, load<u32>(divisor)));
    return;
  }
  const shift = u64(clz<u32>(limbAt(divisor, n - 1)));
  const v = workerWordScratch + LONG_DIVISOR, u = workerWordScratch + LONG_DIVIDEND;
  normalize(v, divisor, n, shift);
  setLimb(u, m, normalize(u, dividend, m, shift));
  for (let j = m - n + 1; j-- != 0; ) {
    const window = u + (usize(j) << 2);
    const digit = estimateDigit(window, v, n);
    setLimb(quotient, j, subtractMultiple(window, v, n, digit) ? addBack(window, v, n, digit) : u32(digit));
  }
  for (let i: u32 = 0; i < n; i++) {
    const both = u64(limbAt(u, i)) | (u64(limbAt(u, i + 1)) << 32);
    setLimb(remainder, i, u32(both >> shift));
  }
}

@inline
function limbAt(limbs: usize, index: u32): u32 {
  return load<u32>(limbs + (usize(index) << 2));
}

@inline
function setLimb(limbs: usize, index: u32, value: u32): void {
  store<u32>(limbs + (usize(index) << 2), value);
}

/** How many of `size` limbs there are without leading zeros. */
function limbCount(limbs: usize, size: u32): u32 {
  let count = size;
  while (count != 0 && limbAt(limbs, count - 1) == 0) count--;
  return count;
}

/** `quotient` = `limbs` / `divisor`; returns the remainder. */
@inline
function divideShort(quotient: usize, limbs: usize, size: u32, divisor: u64): u64 {
  let remainder: u64 = 0;
  for (let i = size; i-- != 0; ) {
    const part = (remainder << 32) | u64(limbAt(limbs, i));
    const digit = part / divisor;
    remainder = part - digit * divisor;
    setLimb(quotient, i, u32(digit));
  }
  return remainder;
}

/** `result` = `limbs` * 2^`shift` (D1); returns what is shifted out. */
@inline
function normalize(result: usize, limbs: usize, size: u32, shift: u64): u32 {
  let carry: u64 = 0;
  for (let i: u32 = 0; i < size; i++) {
    const shifted = (u64(limbAt(limbs, i)) << shift) | carry;
    setLimb(result, i, u32(shifted));
    carry = shifted >> 32;
  }
  return u32(carry);
}

/** The next digit of the quotient, or one more than it (D3). */
@inline
function estimateDigit(window: usize, v: usize, n: u32): u64 {
  const top = u64(limbAt(v, n - 1)), second = u64(limbAt(v, n - 2));
  const part = (u64(limbAt(window, n)) << 32) | u64(limbAt(window, n - 1));
  const next = u64(limbAt(window, n - 2));
  let digit = part / top;
  let rest = part - digit * top;
  while (digit >= LIMB || digit * second > ((rest << 32) | next)) {
    digit--;
    rest += top;
    if (rest >= LIMB) break;
  }
  return digit;
}

/** Takes `digit` * `v` from the window (D4); returns whether that was too much. */
@inline
function subtractMultiple(window: usize, v: usize, n: u32, digit: u64): bool {
  let carry: u64 = 0;
  let borrow: i64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const product = digit * u64(limbAt(v, i)) + carry;
    carry = product >> 32;
    const difference = i64(limbAt(window, i)) - i64(product & 0xffffffff) + borrow;
    setLimb(window, i, u32(difference));
    borrow = difference >> 32;
  }
  const last = i64(limbAt(window, n)) - i64(carry) + borrow;
  setLimb(window, n, u32(last));
  return last < 0;
}

/** Gives one `v` back to the window (D6); returns the digit that is right then. Needed for two of 2^32 digits. */
function addBack(window: usize, v: usize, n: u32, digit: u64): u32 {
  let carry: u64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const sum = u64(limbAt(window, i)) + u64(limbAt(v, i)) + carry;
    setLimb(window, i, u32(sum));
    carry = sum >> 32;
  }
  setLimb(window, n, limbAt(window, n) + u32(carry));
  return u32(digit - 1);
}
