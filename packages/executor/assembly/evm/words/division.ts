// DIV, MOD, SDIV, SMOD. Whatever is divided by 0 gives 0.
import { negate } from "./addition";
import { divideLong } from "./long-division";
import { workerWordScratch, LEFT, LONG_QUOTIENT, LONG_REMAINDER, RIGHT } from "./scratch";
import { shiftRightBy } from "./shifts";
import { bitLength, copyWord, isBelow, isNegative, isSmall, setSmall } from "./word";

/** DIV: `result` = `a` / `b`, rounded down. */
export function divide(result: usize, a: usize, b: usize): void {
  if (isSmall(b)) {
    const divisor = load<u64>(b);
    if (divisor == 0 || isSmall(a)) {
      setSmall(result, divisor == 0 ? 0 : load<u64>(a) / divisor);
      return;
    }
  }
  if (isPowerOfTwo(b)) {
    shiftRightBy(result, a, u64(bitLength(b) - 1));
  } else if (isBelow(a, b)) {
    setSmall(result, 0);
  } else {
    divideLong(a, 8, b);
    copyWord(result, workerWordScratch + LONG_QUOTIENT);
  }
}

/** MOD: `result` = the remainder of `a` / `b`. */
export function modulo(result: usize, a: usize, b: usize): void {
  if (isSmall(b)) {
    const divisor = load<u64>(b);
    if ((divisor & (divisor - 1)) == 0) {
      setSmall(result, divisor == 0 ? 0 : load<u64>(a) & (divisor - 1));
      return;
    }
    if (isSmall(a)) {
      setSmall(result, load<u64>(a) % divisor);
      return;
    }
  }
  if (isBelow(a, b)) {
    copyWord(result, a);
  } else {
    divideLong(a, 8, b);
    copyWord(result, workerWordScratch + LONG_REMAINDER);
  }
}

/** SDIV: like `divide` of two's complements, rounded towards 0. -2^255 / -1 is -2^255. */
export function divideSigned(result: usize, a: usize, b: usize): void {
  const isResultNegative = isNegative(a) != isNegative(b);
  divide(result, magnitude(LEFT, a), magnitude(RIGHT, b));
  if (isResultNegative) negate(result, result);
}

/** SMOD: like `modulo` of two's complements; the result has the sign of `a`. */
export function moduloSigned(result: usize, a: usize, b: usize): void {
  const isResultNegative = isNegative(a);
  modulo(result, magnitude(LEFT, a), magnitude(RIGHT, b));
  if (isResultNegative) negate(result, result);
}

/** Where |`a`| stands: `a` itself, or a copy at `copyOffset` of the scratch memory. */
function magnitude(copyOffset: usize, a: usize): usize {
  if (!isNegative(a)) return a;
  const copy = workerWordScratch + copyOffset;
  negate(copy, a);
  return copy;
}

@inline
function isPowerOfTwo(a: usize): bool {
  return (
    popcnt<u64>(load<u64>(a)) +
      popcnt<u64>(load<u64>(a, 8)) +
      popcnt<u64>(load<u64>(a, 16)) +
      popcnt<u64>(load<u64>(a, 24)) ==
    1
  );
}
