// SHL, SHR, SAR: whole limbs move by bits 7 and 6 of the count, the rest by bits 5 to 0. `(x >> 1) >> (63 - s)`
// stands for `x >> (64 - s)`, which WebAssembly would take for `x >> 0` when s is 0.
import { isSmall, setSmall } from "./word";

/** SHL: `result` = `a` * 2^`count` modulo 2^256. */
@inline
export function shiftLeft(result: usize, count: usize, a: usize): void {
  const bits = load<u64>(count);
  if (!isSmall(count) || bits > 255) {
    setSmall(result, 0);
    return;
  }
  shiftLeftBy(result, a, bits);
}

/** `result` = `a` * 2^`bits` modulo 2^256; `bits` is below 256. */
@inline
export function shiftLeftBy(result: usize, a: usize, bits: u64): void {
  let a0 = load<u64>(a), a1 = load<u64>(a, 8), a2 = load<u64>(a, 16), a3 = load<u64>(a, 24);
  if (bits & 128) {
    a3 = a1;
    a2 = a0;
    a1 = 0;
    a0 = 0;
  }
  if (bits & 64) {
    a3 = a2;
    a2 = a1;
    a1 = a0;
    a0 = 0;
  }
  const s = bits & 63, rest = 63 - s;
  store<u64>(result, a0 << s);
  store<u64>(result, (a1 << s) | ((a0 >> 1) >> rest), 8);
  store<u64>(result, (a2 << s) | ((a1 >> 1) >> rest), 16);
  store<u64>(result, (a3 << s) | ((a2 >> 1) >> rest), 24);
}

/** SHR: `result` = `a` / 2^`count`, rounded down. */
@inline
export function shiftRight(result: usize, count: usize, a: usize): void {
  const bits = load<u64>(count);
  if (!isSmall(count) || bits > 255) {
    setSmall(result, 0);
    return;
  }
  shiftRightBy(result, a, bits);
}

/** `result` = `a` / 2^`bits`, rounded down; `bits` is below 256. */
@inline
export function shiftRightBy(result: usize, a: usize, bits: u64): void {
  shiftDown(result, a, bits, 0);
}

/** SAR: `result` = `a`, two's complement, / 2^`count`, rounded towards minus infinity. */
@inline
export function shiftRightSigned(result: usize, count: usize, a: usize): void {
  const sign = u64(<i64>load<u64>(a, 24) >> 63);
  const bits = load<u64>(count);
  if (!isSmall(count) || bits > 255) {
    store<u64>(result, sign);
    store<u64>(result, sign, 8);
    store<u64>(result, sign, 16);
    store<u64>(result, sign, 24);
    return;
  }
  shiftDown(result, a, bits, sign);
}

/** Moves `a` down by `bits`; copies of `fill`, 0 or all ones, come in from above. */
@inline
function shiftDown(result: usize, a: usize, bits: u64, fill: u64): void {
  let a0 = load<u64>(a), a1 = load<u64>(a, 8), a2 = load<u64>(a, 16), a3 = load<u64>(a, 24);
  if (bits & 128) {
    a0 = a2;
    a1 = a3;
    a2 = fill;
    a3 = fill;
  }
  if (bits & 64) {
    a0 = a1;
    a1 = a2;
    a2 = a3;
    a3 = fill;
  }
  const s = bits & 63, rest = 63 - s;
  store<u64>(result, (a0 >> s) | ((a1 << 1) << rest));
  store<u64>(result, (a1 >> s) | ((a2 << 1) << rest), 8);
  store<u64>(result, (a2 >> s) | ((a3 << 1) << rest), 16);
  store<u64>(result, (a3 >> s) | ((fill << 1) << rest), 24);
}
