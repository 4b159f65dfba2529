// Where the cells of a code that is being decoded go.
import { CELL_A, CELL_B, CELL_DELTA, CELL_MOVE, CELL_OP, CELL_SIZE, CELL_TARGET, MOST_MOVES } from "./cell";

let workerCellTop: usize = 0;
let workerCellEnd: usize = 0;
/** The last cell, 0: none that may still be changed. */
export let workerLastCell: usize = 0;
/** Moves behind each other that are made at once: the first and the last, and how many. */
let workerFirstMove: usize = 0;
let workerLastMove: usize = 0;
let workerMoves: u32 = 0;
/** More cells than there was room for: the code is left as it is. */
export let workerCellsOverflow: bool = false;

/** Begins with the cells of a code, for which there is room from `start` to `end`. */
export function beginCells(start: usize, end: usize): void {
  workerCellTop = start;
  workerCellEnd = end;
  workerLastCell = 0;
  workerLastMove = 0;
  workerCellsOverflow = false;
}

/** Where the next cell goes. */
@inline
export function nextCell(): usize {
  return workerCellTop;
}

/** Says that no cell so far may be changed any more. */
@inline
export function sealCells(): void {
  workerLastCell = 0;
}

/** Adds a cell. */
export function emit(op: u32, delta: i32, target: i32, a: i32, b: i32): void {
  const cell = workerCellTop;
  if (cell + CELL_SIZE > workerCellEnd) {
    workerCellsOverflow = true;
    return;
  }
  store<u16>(cell, u16(op), CELL_OP);
  store<i16>(cell, i16(delta), CELL_DELTA);
  store<i32>(cell, target, CELL_TARGET);
  store<i32>(cell, a, CELL_A);
  store<i32>(cell, b, CELL_B);
  workerCellTop = cell + CELL_SIZE;
  workerLastCell = cell;
}

/** Adds a move of `a` to `target`, or joins it to the moves just before. */
export function emitMove(target: i32, a: i32): void {
  const isNext = workerLastCell != 0 && workerLastCell == workerLastMove && workerMoves < MOST_MOVES;
  emit(CELL_MOVE, 0, target, a, 0);
  if (workerCellsOverflow) return;
  workerLastMove = workerLastCell;
  if (isNext) {
    store<u16>(workerFirstMove, u16(CELL_MOVE + workerMoves), CELL_OP);
    workerMoves++;
  } else {
    workerFirstMove = workerLastCell;
    workerMoves = 1;
  }
}
