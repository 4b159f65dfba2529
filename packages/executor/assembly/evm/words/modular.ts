// ADDMOD and MULMOD.
import { add, addSmall, subtract } from "./addition";
import { modulo } from "./division";
import { isKnownModulus, multiplyModuloKnown } from "./known-modulus";
import { divideLong } from "./long-division";
import { multiplyFull } from "./multiplication";
import { LONG_REMAINDER, PRODUCT, workerWordScratch } from "./scratch";
import { copyWord, isAllOnes, isBelow, isZero, setSmall } from "./word";

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
  if (isZero(n)) return setSmall(result, 0);
  if (isKnownModulus(n)) return multiplyModuloKnown(result, a, b, n);
  const product = workerWordScratch + PRODUCT;
  multiplyFull(product, a, b);
  if (isAllOnes(n)) return foldHalves(result, product);
  divideLong(product, 16, n);
  copyWord(result, workerWordScratch + LONG_REMAINDER);
}

/** `result` = the 512 bits at `product` modulo 2^256 - 1, where 2^256 counts as 1. */
function foldHalves(result: usize, product: usize): void {
  const carry = add(result, product, product + 32);
  if (carry != 0) addSmall(result, result, 1);
  if (isAllOnes(result)) setSmall(result, 0);
}
