// EXP.
import { multiply } from "./multiplication";
import { workerWordScratch, LEFT, RIGHT } from "./scratch";
import { bitLength, copyWord, setSmall } from "./word";

/** EXP: `result` = `base` to the power of `exponent`, modulo 2^256; 0 to the power of 0 is 1. */
export function exponentiate(result: usize, base: usize, exponent: usize): void {
  const power = workerWordScratch + LEFT, square = workerWordScratch + RIGHT;
  const bits = bitLength(exponent);
  setSmall(power, 1);
  copyWord(square, base);
  for (let bit: u32 = 0; bit < bits; bit++) {
    if (bit != 0) multiply(square, square, square);
    const limb = load<u64>(exponent + usize((bit >> 6) << 3));
    if ((limb >> u64(bit & 63)) & 1) multiply(power, power, square);
  }
  copyWord(result, power);
}
