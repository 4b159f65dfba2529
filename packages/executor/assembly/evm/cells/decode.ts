// Makes the cells of a code, block by block, in time and memory that are linear in its size.
import { CHUNK_HEADER, giveChunk, takeChunk } from "../chunks";
import { allocateCells } from "../code";
import { CODE_BYTES, CODE_SIZE } from "../layout";
import { bounded } from "../memory";
import { entryOf, growthOf } from "../opcode-table";
import * as op from "../opcodes";
import { isTarget } from "../targets";
import { isPossible, measureBlock, pushedBytes, workerBlockEnd, workerBlockMost } from "./block";
import * as cell from "./cell";
import { beginConstants, constantOf, constantsSize, dropConstant } from "./constants";
import { beginCells, emit, nextCell, sealCells, workerCellsOverflow, workerLastCell } from "./emit";
import { FORM_BINARY, FORM_LEAVES, FORM_NULLARY, FORM_TAKES_TWO, FORM_TERNARY, FORM_UNARY, formOf } from "./forms";
import { addHead, beginHeads, DRAFT_SIZE, fallThrough, headsSize, placeHeads } from "./heads";
import {
  beginStretch, freePlace, growth, hasRoom, hold, isUnused, noteRead, noteResult, peekValue, popValue, preparePlans,
  pushValue, settle, swapValues, targetOf, valueOf,
} from "./stack-plan";

/** Cells a byte of code, and beyond; a code that needs more has none. */
const CELLS_PER_BYTE: usize = 3;
const MORE_CELLS: usize = 64;

let workerCode: usize = 0;
let workerBytes: usize = 0;
let workerCodeSize: usize = 0;
/** Words by which the stack has grown in the block before the stretch. */
let workerHeight: i32 = 0;
/** Whether the cells of the block end with one that goes to another block, or leaves. */
let workerIsOver: bool = false;

/** The map of the cells of `code`, 0 where it gets none. */
export function decode(code: usize): usize {
  workerCode = code;
  workerBytes = load<u32>(code, CODE_BYTES);
  workerCodeSize = load<u32>(code, CODE_SIZE);
  const mapSize = (workerCodeSize + 1) * 4;
  const constants = (mapSize + 15) & ~15;
  const map = preparePlans() ? allocateCells(constants + constantsSize(workerBytes, workerCodeSize)) : 0;
  const heads = (workerCodeSize + 2) * DRAFT_SIZE;
  const drafts = (workerCodeSize * CELLS_PER_BYTE + MORE_CELLS) * cell.CELL_SIZE;
  const chunk: usize = map == 0 ? 0 : takeChunk(heads + drafts);
  if (chunk == 0) return 0;
  memory.fill(map, 0, mapSize);
  beginConstants(map + constants);
  beginHeads(chunk + CHUNK_HEADER);
  const first = chunk + CHUNK_HEADER + heads;
  beginCells(first, first + drafts);
  for (let offset: usize = 0; offset <= workerCodeSize; ) {
    const isJumpdest = offset < workerCodeSize && load<u8>(workerBytes + offset) == op.JUMPDEST;
    store<u32>(map + (offset << 2), u32(headsSize()) | (isJumpdest ? cell.MAP_JUMPDEST : cell.MAP_BLOCK));
    offset = decodeBlock(offset);
  }
  const isMade = !workerCellsOverflow && placeCells(map, first);
  giveChunk(chunk);
  return isMade ? map : 0;
}

/** Moves the cells from `first` on to where they stay, and makes addresses of the places in the code that they name. */
function placeCells(map: usize, first: usize): bool {
  const size = nextCell() - first;
  const cells = allocateCells(size + headsSize());
  if (cells == 0) return false;
  memory.copy(cells, first, size);
  placeHeads(cells + size, cells - first);
  for (let entry = map; entry <= map + (workerCodeSize << 2); entry += 4) {
    const place = load<u32>(entry);
    if (place != 0) store<u32>(entry, place + u32(cells + size));
  }
  for (let at = cells; at < cells + size; at += cell.CELL_SIZE) {
    const kind: u32 = load<u16>(at, cell.CELL_OP);
    if (kind != cell.CELL_ENTER && (kind < cell.CELL_JUMP_IF_BELOW || kind > cell.CELL_JUMP_IF_NOT_ZERO)) continue;
    const target: usize = load<u32>(at, cell.CELL_TARGET);
    store<u32>(at, load<u32>(map + (target << 2)) & cell.MAP_HEAD, cell.CELL_TARGET);
  }
  return true;
}

/** Decodes the block at `start`; returns where the next one begins. */
function decodeBlock(start: usize): usize {
  measureBlock(workerBytes, start, workerCodeSize);
  addHead(start, nextCell());
  const end = workerBlockEnd;
  if (!isPossible()) return end;
  workerHeight = 0;
  workerIsOver = false;
  beginNextStretch();
  let opcode: u32 = op.STOP;
  for (let offset = start; offset < end; offset += 1 + pushedBytes(opcode)) {
    opcode = load<u8>(workerBytes + offset);
    decodeOperation(opcode, offset);
  }
  if (!workerIsOver) endBlock(opcode, end);
  return end;
}

/** Goes on with the block at `next`: unasked, unless `opcode` has looked at the gas that is left. */
function endBlock(opcode: u32, next: usize): void {
  settle();
  if (next > workerCodeSize) {
    emit(op.STOP, growth(), 0, 0, i32(workerCodeSize));
  } else if (opcode == op.GAS || opcode == op.SSTORE) {
    emit(cell.CELL_ENTER, growth(), i32(next), 0, 0);
  } else {
    if (growth() != 0) emit(cell.CELL_ADVANCE, growth(), 0, 0, 0);
    fallThrough();
  }
}

function beginNextStretch(): void {
  beginStretch(workerBlockMost - workerHeight);
  sealCells();
}

function decodeOperation(opcode: u32, offset: usize): void {
  if (opcode == op.PUSH0 || pushedBytes(opcode) != 0 || opcode == op.PC) {
    return pushValue(i32(constantOf(opcode, workerBytes + offset, offset)));
  }
  if (opcode >= op.DUP1 && opcode < op.DUP1 + 16) return pushValue(peekValue(i32(opcode - op.DUP1)));
  if (opcode >= op.SWAP1 && opcode < op.SWAP1 + 16) return swapValues(i32(opcode - op.SWAP1) + 1);
  if (!hasRoom()) advance();
  switch (opcode) {
    case op.JUMPDEST:
      return;
    case op.POP: {
      popValue();
      return;
    }
    case op.LT:
      return decodeBinary(cell.CELL_BELOW, false);
    case op.GT:
      return decodeBinary(cell.CELL_BELOW, true);
    case op.SLT:
      return decodeBinary(cell.CELL_SIGNED_BELOW, false);
    case op.SGT:
      return decodeBinary(cell.CELL_SIGNED_BELOW, true);
    case op.EQ:
      return decodeBinary(cell.CELL_EQUAL, false);
    case op.ISZERO:
      return decodeIsZero();
    case op.JUMP:
      return decodeJump();
    case op.JUMPI:
      return decodeJumpIf(offset + 1);
  }
  switch (formOf(opcode)) {
    case FORM_NULLARY:
      return emitResult(opcode, 0, 0);
    case FORM_UNARY:
      return emitResult(opcode, popValue(), 0);
    case FORM_BINARY:
      return decodeBinary(opcode, false);
    case FORM_TERNARY:
      return decodeTernary(opcode);
    case FORM_TAKES_TWO:
      return decodeTakesTwo(opcode);
    case FORM_LEAVES:
      return decodeLeave(opcode, offset);
    default:
      return decodeAsItIs(opcode);
  }
}

/** A cell that makes the value which is pushed then. */
function emitResult(kind: u32, a: i32, b: i32): void {
  noteRead(a);
  noteRead(b);
  const place = freePlace();
  noteResult(place);
  emit(kind, 0, targetOf(place), a, b);
  pushValue(valueOf(place));
}

function decodeBinary(kind: u32, isExchanged: bool): void {
  const a = popValue();
  const b = popValue();
  emitResult(kind, isExchanged ? b : a, isExchanged ? a : b);
}

/** Its third operand stands in a cell of its own. */
function decodeTernary(opcode: u32): void {
  const a = popValue();
  const b = popValue();
  const n = popValue();
  noteRead(n);
  emitResult(opcode, a, b);
  emit(cell.CELL_ADVANCE, 0, 0, n, 0);
  sealCells();
}

function decodeTakesTwo(opcode: u32): void {
  const a = popValue();
  const b = popValue();
  noteRead(a);
  noteRead(b);
  emit(opcode, 0, 0, a, b);
}

/** All values to their positions, and sp to the top. */
function advance(): void {
  settle();
  emit(cell.CELL_ADVANCE, growth(), 0, 0, 0);
  workerHeight += growth();
  beginNextStretch();
}

function decodeAsItIs(opcode: u32): void {
  settle();
  emit(opcode, growth(), 0, 0, 0);
  workerHeight += growth() + growthOf(entryOf(opcode));
  beginNextStretch();
}

function decodeLeave(opcode: u32, offset: usize): void {
  settle();
  emit(opcode, growth(), 0, 0, i32(offset));
  workerIsOver = true;
}

/** ISZERO of a comparison that nobody else asks for is the opposite comparison. */
function decodeIsZero(): void {
  const last = workerLastCell;
  const a = popValue();
  if (last != 0 && isComparison(load<u16>(last, cell.CELL_OP)) && resultOf(last) == a && isUnused(a)) {
    store<u16>(last, load<u16>(last, cell.CELL_OP) ^ 1, cell.CELL_OP);
    return pushValue(a);
  }
  emitResult(cell.CELL_IS_ZERO, a, 0);
}

function decodeJump(): void {
  workerIsOver = true;
  const target = popValue();
  const word = hold(target, 0);
  settle();
  if (target < 0) return emit(cell.CELL_JUMP, growth(), 0, word, 0);
  const place = placeOf(target);
  if (place < 0) emit(cell.CELL_BAD_JUMP, 0, 0, 0, 0);
  else emit(cell.CELL_ENTER, growth(), place, 0, 0);
}

/** A jump that is not taken enters the block at `next`. */
function decodeJumpIf(next: usize): void {
  workerIsOver = true;
  emitJumpIf();
  emit(cell.CELL_ENTER, 0, i32(next), 0, 0);
}

function emitJumpIf(): void {
  const last = workerLastCell;
  const target = popValue();
  const condition = popValue();
  const isPlain = isUnused(condition);
  const word = hold(target, 0);
  const test = hold(condition, 1);
  settle();
  if (target < 0) return emit(cell.CELL_JUMP_IF, growth(), 0, word, test);
  const place = placeOf(target);
  if (place < 0) return emit(cell.CELL_BAD_JUMP_IF, growth(), 0, test, 0);
  const isFused = isPlain && last != 0 && last == workerLastCell && isComparison(load<u16>(last, cell.CELL_OP));
  if (!isFused || resultOf(last) != condition) return emit(cell.CELL_JUMP_IF_NOT_ZERO, growth(), place, test, 0);
  store<u16>(last, load<u16>(last, cell.CELL_OP) + u16(cell.JUMP_ON), cell.CELL_OP);
  store<i16>(last, i16(growth()), cell.CELL_DELTA);
  store<i32>(last, place, cell.CELL_TARGET);
}

/** The value that the cell makes. */
function resultOf(made: usize): i32 {
  return load<i32>(made, cell.CELL_TARGET) - cell.STACK_BIAS;
}

function isComparison(kind: u32): bool {
  return kind >= cell.CELL_BELOW && kind <= cell.CELL_IS_NOT_ZERO;
}

/** Where in the code the jump to this constant goes, below 0 where no JUMPDEST is. */
function placeOf(constant: i32): i32 {
  const target = bounded(usize(constant));
  dropConstant(usize(constant));
  return target < u64(workerCodeSize) && isTarget(workerCode, usize(target)) ? i32(target) : -1;
}
