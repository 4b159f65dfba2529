// Which codes get cells: those that run often or long. What a code burns operation by operation is its heat; once that is
// some gas a byte, as much time went into running it as decoding takes.
import { CODE_CACHED, CODE_CELLS, CODE_HEAT, CODE_SIZE } from "../layout";
import { decode } from "./decode";

/** In place of a map: no cells. */
const NO_CELLS: u32 = 1;
/** Of the largest code that gets cells, bytes: more than twice what the main network allows. */
const LARGEST: usize = 64 << 10;
const NEVER: i64 = 1 << 62;

/** Heat at which a code gets cells, in sixteenths of gas a byte. */
let workerHotFrom: i64 = 512;

/** For tests: with 0 all codes get cells before they run. */
export function setHotFrom(sixteenths: i32): void {
  workerHotFrom = sixteenths;
}

/** Whether `code`, which is about to run, has cells. */
@inline
export function hasCells(code: usize): bool {
  return load<u32>(code, CODE_CELLS) > NO_CELLS || becomesHot(code);
}

/** Gas that `code` may still burn before it gets cells. */
export function gasUntilHot(code: usize): i64 {
  if (load<u32>(code, CODE_CELLS) == NO_CELLS) return NEVER;
  return ((i64(load<u32>(code, CODE_SIZE)) * workerHotFrom) >> 4) - load<i64>(code, CODE_HEAT);
}

/** Notes that `code` has burnt `gas`. */
export function heat(code: usize, gas: i64): void {
  store<i64>(code, load<i64>(code, CODE_HEAT) + gas, CODE_HEAT);
}

/** Init code runs once, and gets none. */
function becomesHot(code: usize): bool {
  if (gasUntilHot(code) > 0) return false;
  const canHave = load<u32>(code, CODE_CACHED) != 0 && <usize>load<u32>(code, CODE_SIZE) <= LARGEST;
  const map = canHave ? u32(decode(code)) : 0;
  store<u32>(code, map == 0 ? NO_CELLS : map, CODE_CELLS);
  return map != 0;
}
