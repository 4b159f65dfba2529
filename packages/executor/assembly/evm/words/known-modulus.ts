// Curve arithmetic multiplies modulo one prime thousands of times. What can be worked out of such a modulus beforehand is
// kept, and a product brought down in two steps: its three highest limbs are replaced by what their powers of 2 leave, that
// many times; then a quotient of little more than a limb is estimated by its reciprocal. WebAssembly needs some 20
// operations for a product of two limbs: it takes 36 of them, a reciprocal of 256 bits (Barrett) 48.
import { negate, subtract } from "./addition";
import { not } from "./bits";
import { modulo } from "./division";
import { divideLong } from "./long-division";
import { highOf, multiplyFull, sumHigh, sumLow } from "./multiplication";
import {
  KNOWN_FOLDS, KNOWN_FOLDS_END, KNOWN_MODULUS, KNOWN_NORMALIZED, LAST_MODULUS, LEFT, LONG_QUOTIENT, LONG_REMAINDER,
  MULTIPLE, PRODUCT, RIGHT, workerWordScratch,
} from "./scratch";
import { shiftLeftBy, shiftRightBy } from "./shifts";
import { copyWord, isAllOnes, isBelow, isEqual } from "./word";

/** Multiplications modulo the same number, one after the other, from which on it pays to know it. */
const REPEATS_BEFORE_KNOWN: u32 = 4;

/** How often in a row LAST_MODULUS was the modulus. */
let workerRepeats: u32 = 0;
/** Leading zeros of KNOWN_MODULUS. */
let workerKnownShift: u64 = 0;
/** (2^320 - 1) / d - 2^64 for d = KNOWN_NORMALIZED. */
let workerKnownInverse: u64 = 0;

/** Whether `n` is known, which it becomes when it is used often. One below 2^192 or of all ones never does. */
@inline
export function isKnownModulus(n: usize): bool {
  return isEqual(n, workerWordScratch + KNOWN_MODULUS) || becomesKnown(n);
}

function becomesKnown(n: usize): bool {
  if (load<u64>(n, 24) == 0 || isAllOnes(n)) return false;
  const last = workerWordScratch + LAST_MODULUS;
  if (!isEqual(n, last)) {
    copyWord(last, n);
    workerRepeats = 0;
  }
  workerRepeats++;
  if (workerRepeats < REPEATS_BEFORE_KNOWN) return false;
  know(n);
  return true;
}

/** KNOWN_NORMALIZED = d = `n` * 2^shift, at least 2^255; KNOWN_FOLDS = 2^320, 2^384 and 2^448, all modulo d. */
function know(n: usize): void {
  const d = workerWordScratch + KNOWN_NORMALIZED;
  const remainder = workerWordScratch + LONG_REMAINDER;
  const dividend = workerWordScratch + PRODUCT, upper = dividend + 8;
  copyWord(workerWordScratch + KNOWN_MODULUS, n);
  workerKnownShift = clz<u64>(load<u64>(n, 24));
  shiftLeftBy(d, n, workerKnownShift);
  store<u64>(dividend, ~(<u64>0));
  not(upper, d);
  divideLong(dividend, 10, d);
  workerKnownInverse = load<u64>(workerWordScratch + LONG_QUOTIENT);
  store<u64>(dividend, 0);
  negate(upper, d); // 2^256 modulo d
  for (let fold = KNOWN_FOLDS; fold != KNOWN_FOLDS_END; fold += 32) {
    divideLong(dividend, 10, d);
    copyWord(upper, remainder);
    copyWord(workerWordScratch + fold, remainder);
  }
}

/** MULMOD by the known modulus `n`. */
export function multiplyModuloKnown(result: usize, a: usize, b: usize, n: usize): void {
  const left = workerWordScratch + LEFT;
  const right = workerWordScratch + RIGHT;
  const product = workerWordScratch + PRODUCT;
  // The product times 2^shift has 512 bits if the operands have `shift` leading zeros together: each gets a part of it.
  let leftShift = min(workerKnownShift, clz<u64>(load<u64>(a, 24)));
  let rightShift = workerKnownShift - leftShift;
  if (rightShift > clz<u64>(load<u64>(b, 24))) {
    modulo(left, a, n);
    a = left;
    leftShift = workerKnownShift;
    rightShift = 0;
  }
  shiftLeftBy(left, a, leftShift);
  if (rightShift != 0) {
    shiftLeftBy(right, b, rightShift);
    b = right;
  }
  multiplyFull(product, left, b);
  reduce(product);
  shiftRightBy(result, product, workerKnownShift);
}

/** The 512 bits at `product` modulo d, to its lower half. */
@inline
function reduce(product: usize): void {
  const d = workerWordScratch + KNOWN_NORMALIZED;
  const multiple = workerWordScratch + MULTIPLE;
  // s = its lower five limbs + its upper three, each times its fold: below 2^322.
  let s0 = load<u64>(product), s1 = load<u64>(product, 8), s2 = load<u64>(product, 16), s3 = load<u64>(product, 24);
  let s4 = load<u64>(product, 32), s5: u64 = 0;
  let carry: u64;
  let fold = workerWordScratch + KNOWN_FOLDS;
  for (let upper: usize = 40; upper < 64; upper += 8) {
    const limb = load<u64>(product + upper);
    const f0 = load<u64>(fold), f1 = load<u64>(fold, 8), f2 = load<u64>(fold, 16), f3 = load<u64>(fold, 24);
    const p0 = s0, p1 = s1, p2 = s2, p3 = s3;
    s0 = sumLow(f0, limb, p0, 0);
    carry = sumHigh(f0, limb, p0, 0);
    s1 = sumLow(f1, limb, p1, carry);
    carry = sumHigh(f1, limb, p1, carry);
    s2 = sumLow(f2, limb, p2, carry);
    carry = sumHigh(f2, limb, p2, carry);
    s3 = sumLow(f3, limb, p3, carry);
    carry = sumHigh(f3, limb, p3, carry);
    s4 += carry;
    s5 += u64(s4 < carry);
    fold += 32;
  }
  // q = t * (2^64 + inverse) / 2^64, rounded down, for t = s / 2^256: below 2^68, and at most 7 below s / d.
  const q = s4 + s5 * workerKnownInverse;
  const part = highOf(s4, workerKnownInverse);
  const q0 = q + part;
  const q1 = s5 + highOf(s5, workerKnownInverse) + u64(q < s4) + u64(q0 < part);
  // s - q * d, as far as it can be: five limbs.
  const d0 = load<u64>(d), d1 = load<u64>(d, 8), d2 = load<u64>(d, 16), d3 = load<u64>(d, 24);
  store<u64>(multiple, d0 * q0);
  carry = highOf(d0, q0);
  let m1 = sumLow(d1, q0, 0, carry);
  carry = sumHigh(d1, q0, 0, carry);
  let m2 = sumLow(d2, q0, 0, carry);
  carry = sumHigh(d2, q0, 0, carry);
  let m3 = sumLow(d3, q0, 0, carry);
  let m4 = sumHigh(d3, q0, 0, carry);
  store<u64>(multiple, sumLow(d0, q1, m1, 0), 8);
  carry = sumHigh(d0, q1, m1, 0);
  store<u64>(multiple, sumLow(d1, q1, m2, carry), 16);
  carry = sumHigh(d1, q1, m2, carry);
  store<u64>(multiple, sumLow(d2, q1, m3, carry), 24);
  m4 += d3 * q1 + sumHigh(d2, q1, m3, carry);
  store<u64>(product, s0);
  store<u64>(product, s1, 8);
  store<u64>(product, s2, 16);
  store<u64>(product, s3, 24);
  let above = s4 - m4 - subtract(product, product, multiple);
  while (above != 0 || !isBelow(product, d)) above -= subtract(product, product, d);
}
