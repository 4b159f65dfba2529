// The transaction table and its status words.
import { ROW_STRIDE, TX_TABLE } from "./layout";

/** The row of transaction `tx`; block start stands at index n, block end at n + 1. */
@inline
export function rowAt(tx: i32): usize {
  return <usize>load<u32>(TX_TABLE) + usize(tx) * ROW_STRIDE;
}

/** Status: which incarnation, whose (worker + 1, 0 for nobody's), and STATE_*. */
@inline
export function statusWord(incarnation: u32, owner: u32, state: u32): u32 {
  return (incarnation << 16) | (owner << 8) | state;
}

@inline
export function incarnationOf(word: u32): u32 {
  return word >> 16;
}

@inline
export function ownerOf(word: u32): u32 {
  return (word >> 8) & 0xff;
}

@inline
export function stateOf(word: u32): u32 {
  return word & 0xff;
}
