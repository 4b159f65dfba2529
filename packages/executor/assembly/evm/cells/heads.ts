// The heads of the blocks of a code that is being decoded, in their order.
import { STACK_LIMIT } from "../opcode-table";
import { workerBlockGas, workerBlockGrowth, workerBlockLeast, workerBlockMost } from "./block";
import { HEAD_CELL, HEAD_GAS, HEAD_LEAST, HEAD_PLACE, HEAD_RANGE, HEAD_SIZE } from "./cell";

// While decoding: what a block alone asks for, and how it goes on.
//   0 gas | 4 least | 8 most | 12 growth (words) | 16 place | 20 cell | 24 fallsThrough .. 32
@unmanaged class Draft { gas: u32; least: i32; most: i32; growth: i32; place: u32; cell: u32; fallsThrough: u32; spare: u32; }
const GAS: usize = offsetof<Draft>("gas");
const LEAST: usize = offsetof<Draft>("least");
const MOST: usize = offsetof<Draft>("most");
const GROWTH: usize = offsetof<Draft>("growth");
const PLACE: usize = offsetof<Draft>("place");
const CELL: usize = offsetof<Draft>("cell");
const FALLS_THROUGH: usize = offsetof<Draft>("fallsThrough");
export const DRAFT_SIZE: usize = offsetof<Draft>();

/** In place of a least height: none is enough. */
const NO_HEIGHT: u32 = 0xffff;

let workerFirst: usize = 0;
let workerNext: usize = 0;

/** Begins with the heads of a code, at `place`, where there is room for DRAFT_SIZE each. */
export function beginHeads(place: usize): void {
  workerFirst = place;
  workerNext = place;
}

/** Bytes of all heads so far. */
export function headsSize(): usize {
  return ((workerNext - workerFirst) / DRAFT_SIZE) * HEAD_SIZE;
}

/**
 * Adds the head of the block that was measured last, with what was joined to it: it begins at `place` of the code, with the
 * cell `cell`.
 */
export function addHead(place: usize, cell: usize): void {
  const draft = workerNext;
  store<u32>(draft, workerBlockGas, GAS);
  store<i32>(draft, workerBlockLeast, LEAST);
  store<i32>(draft, workerBlockMost, MOST);
  store<i32>(draft, workerBlockGrowth, GROWTH);
  store<u32>(draft, u32(place), PLACE);
  store<u32>(draft, u32(cell), CELL);
  store<u32>(draft, 0, FALLS_THROUGH);
  workerNext = draft + DRAFT_SIZE;
}

/** Says that the block of the last head goes on into the next one, unasked. */
export function fallThrough(): void {
  store<u32>(workerNext - DRAFT_SIZE, 1, FALLS_THROUGH);
}

/** Writes all heads to `heads`; `moved` is how far the cells have moved. */
export function placeHeads(heads: usize, moved: usize): void {
  let gas: u32 = 0;
  let least: i32 = 0;
  let most: i32 = 0;
  for (let draft = workerNext, head = heads + headsSize(); draft != workerFirst; ) {
    draft -= DRAFT_SIZE;
    head -= HEAD_SIZE;
    if (load<u32>(draft, FALLS_THROUGH) == 0) {
      gas = 0;
      least = 0;
      most = 0;
    }
    const growth = load<i32>(draft, GROWTH);
    gas += load<u32>(draft, GAS);
    least = max(load<i32>(draft, LEAST), least - growth);
    most = max(load<i32>(draft, MOST), most + growth);
    const isPossible = least + most <= i32(STACK_LIMIT);
    store<u32>(head, gas, HEAD_GAS);
    store<u16>(head, u16(isPossible ? u32(least) << 5 : NO_HEIGHT), HEAD_LEAST);
    store<u16>(head, u16(isPossible ? (i32(STACK_LIMIT) - most - least) << 5 : 0), HEAD_RANGE);
    store<u32>(head, load<u32>(draft, PLACE), HEAD_PLACE);
    store<u32>(head, load<u32>(draft, CELL) + u32(moved), HEAD_CELL);
  }
}
