// ADDMOD and MULMOD. Curve arithmetic multiplies modulo one prime thousands of times: for such a modulus a reciprocal
// is kept (Barrett), which halves the time of a long division and more.
import { add, addSmall, subtract } from "./addition";
import { modulo } from "./division";
import { divideLong } from "./long-division";
import { multiplyFull } from "./multiplication";
import {
  ESTIMATE, workerWordScratch, KNOWN_MODULUS, KNOWN_NORMALIZED, KNOWN_RECIPROCAL, LAST_MODULUS, LEFT,
  LONG_QUOTIENT, LONG_REMAINDER, MULTIPLE, PRODUCT,
} from "./scratch";
import { shiftLeftBy, shiftRightBy } from "./shifts";
import { copyWord, isAllOnes, isBelow, isEqual, isZero, setSmall } from "./word";

/** Multiplications modulo the same number, one after the other, from which on its reciprocal pays. */
const REPEATS_BEFORE_RECIPROCAL: u32 = 4;

/** How often in a row LAST_MODULUS was the modulus. */
let workerRepeats: u32 = 0;
/** Leading zeros of KNOWN_MODULUS. */
let workerKnownShift: u64 = 0;

/** ADDMOD: `result` = (`a` + `b`) mod `n`, without a carry lost; 0 when `n` is 0. */
export function addModulo(result: usize, a: usize, b: usize, n: usize): void {
  const sum = workerWordScratch + PRODUCT;
  const carry = add(sum, a, b);
  if (isBelow(a, n) && isBelow(b, n)) {
    if (carry != 0 || !isBelow(sum, n)) subtract(result, sum, n);
    else copyWord(result, sum);
  } else if (carry == 0) {
    modulo(result, sum, n);
  } else if (isZero(n)) {
    setSmall(result, 0);
  } else {
    store<u64>(sum, carry, 32);
    divideLong(sum, 9, n);
    copyWord(result, workerWordScratch + LONG_REMAINDER);
  }
}

/** MULMOD: `result` = (`a` * `b`) mod `n`, of the whole product; 0 when `n` is 0. */
export function multiplyModulo(result: usize, a: usize, b: usize, n: usize): void {
  if (isZero(n)) {
    setSmall(result, 0);
    return;
  }
  if (isEqual(n, workerWordScratch + KNOWN_MODULUS) || isWorthReciprocal(n)) {
    multiplyByReciprocal(result, a, b, n);
    return;
  }
  const product = workerWordScratch + PRODUCT;
  multiplyFull(product, a, b);
  if (isAllOnes(n)) {
    foldHalves(result, product);
    return;
  }
  divideLong(product, 16, n);
  copyWord(result, workerWordScratch + LONG_REMAINDER);
}

/** Counts the uses of a modulus, and makes its reciprocal when they are enough. A modulus below 2^192 has none. */
function isWorthReciprocal(n: usize): bool {
  if (load<u64>(n, 24) == 0 || isAllOnes(n)) return false;
  const last = workerWordScratch + LAST_MODULUS;
  if (!isEqual(n, last)) {
    copyWord(last, n);
    workerRepeats = 0;
  }
  workerRepeats++;
  if (workerRepeats < REPEATS_BEFORE_RECIPROCAL) return false;
  makeReciprocal(n);
  return true;
}

/** KNOWN_NORMALIZED = d = `n` * 2^shift, at least 2^255; KNOWN_RECIPROCAL = (2^512 - 1) / d - 2^256. */
function makeReciprocal(n: usize): void {
  const normalized = workerWordScratch + KNOWN_NORMALIZED;
  const dividend = workerWordScratch + PRODUCT;
  workerKnownShift = clz<u64>(load<u64>(n, 24));
  copyWord(workerWordScratch + KNOWN_MODULUS, n);
  shiftLeftBy(normalized, n, workerKnownShift);
  for (let offset: usize = 0; offset < 32; offset += 8) {
    store<u64>(dividend + offset, ~(<u64>0));
    store<u64>(dividend + offset, ~load<u64>(normalized + offset), 32);
  }
  divideLong(dividend, 16, normalized);
  copyWord(workerWordScratch + KNOWN_RECIPROCAL, workerWordScratch + LONG_QUOTIENT);
}

/**
 * With x = `a` * 2^shift * `b`, whose high half is below d: (high half of x) * (2^256 + reciprocal) / 2^256 is at
 * most 3 below x / d, and what it leaves of x is `result` * 2^shift and as many d.
 */
function multiplyByReciprocal(result: usize, a: usize, b: usize, n: usize): void {
  const left = workerWordScratch + LEFT;
  const product = workerWordScratch + PRODUCT;
  const estimate = workerWordScratch + ESTIMATE;
  const multiple = workerWordScratch + MULTIPLE;
  const d = workerWordScratch + KNOWN_NORMALIZED;
  if (isBelow(a, n)) {
    shiftLeftBy(left, a, workerKnownShift);
  } else if (isBelow(b, n)) {
    shiftLeftBy(left, b, workerKnownShift);
    b = a;
  } else {
    modulo(left, a, n);
    shiftLeftBy(left, left, workerKnownShift);
  }
  multiplyFull(product, left, b);
  multiplyFull(estimate, product + 32, workerWordScratch + KNOWN_RECIPROCAL);
  add(estimate, estimate + 32, product + 32);
  multiplyFull(multiple, estimate, d);
  const borrow = subtract(product, product, multiple);
  let above = load<u64>(product, 32) - load<u64>(multiple, 32) - borrow;
  while (above != 0 || !isBelow(product, d)) above -= subtract(product, product, d);
  shiftRightBy(result, product, workerKnownShift);
}

/** `result` = the 512 bits at `product` modulo 2^256 - 1, where 2^256 counts as 1. */
function foldHalves(result: usize, product: usize): void {
  const carry = add(result, product, product + 32);
  if (carry != 0) addSmall(result, result, 1);
  if (isAllOnes(result)) setSmall(result, 0);
}
