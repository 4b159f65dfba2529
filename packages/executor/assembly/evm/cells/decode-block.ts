// Makes the cells of a block. A jump to where the code says is followed: its target is decoded once more in its
// place, so that nothing on the stack has to be put in order for it.
import { CODE_BYTES, CODE_SIZE } from "../layout";
import { bounded } from "../memory";
import { entryOf, growthOf } from "../opcode-table";
import * as op from "../opcodes";
import { pushedBytes } from "../pushes";
import { isTarget } from "../targets";
import { isPossible, joinBlock, measureBlock, workerBlockEnd, workerBlockMost } from "./block";
import * as cell from "./cell";
import { constantOf } from "./constants";
import { emit, nextCell, sealCells, workerLastCell } from "./emit";
import { FORM_BINARY, FORM_LEAVES, FORM_NULLARY, FORM_TAKES_TWO, FORM_TERNARY, FORM_UNARY, formOf } from "./forms";
import { addHead, fallThrough } from "./heads";
import {
  allowGrowth, beginStretch, freePlace, growth, hasRoom, hold, isUnused, noteRead, noteResult, peekValue, popValue,
  pushValue, settle, swapValues, targetOf, valueOf,
} from "./stack-plan";

/** Jumps that are followed from one block, and how long blocks may be to be decoded more than once. */
const MOST_FOLLOWED: u32 = 8;
const LONGEST_FOLLOWED: usize = 256;
const NOWHERE: usize = 0xffffffff;

let workerCode: usize = 0;
let workerBytes: usize = 0;
let workerCodeSize: usize = 0;
/** Words by which the stack has grown in the block before the stretch. */
let workerHeight: i32 = 0;
/** Whether the cells of the block end with one that goes to another block, or leaves. */
let workerIsOver: bool = false;
/** Where the jump that is followed goes, and how many were. */
let workerFollowed: usize = 0;
let workerFollows: u32 = 0;
/** Bytes of code that may still be measured for that. */
let workerBudget: i64 = 0;

/** Begins with the blocks of `code`. */
export function beginCode(code: usize): void {
  workerCode = code;
  workerBytes = load<u32>(code, CODE_BYTES);
  workerCodeSize = load<u32>(code, CODE_SIZE);
  workerBudget = workerCodeSize;
}

/** Decodes the block at `start`; returns where the next one begins. */
export function decodeBlock(start: usize): usize {
  const first = nextCell();
  measureBlock(workerBytes, start, workerCodeSize);
  const end = workerBlockEnd;
  if (isPossible()) decodeFrom(start, end);
  addHead(start, first);
  if (isPossible() && !workerIsOver && workerFollows == 0) fallThrough();
  return end;
}

/** Decodes what stands from `start` to `end`, and the targets of the jumps that are followed. */
function decodeFrom(start: usize, end: usize): void {
  workerHeight = 0;
  workerIsOver = false;
  workerFollows = 0;
  workerFollowed = NOWHERE;
  beginNextStretch();
  let opcode: u32 = op.STOP;
  let offset = start;
  while (offset < end) {
    opcode = load<u8>(workerBytes + offset);
    decodeOperation(opcode, offset);
    offset += 1 + pushedBytes(opcode);
    if (workerFollowed != NOWHERE) {
      offset = workerFollowed;
      end = workerBlockEnd;
      workerFollowed = NOWHERE;
    }
  }
  if (!workerIsOver) endBlock(opcode, end);
}

/** Goes on with the block at `next`: unasked, unless it is elsewhere, or `opcode` has looked at the gas that is left. */
function endBlock(opcode: u32, next: usize): void {
  settle();
  workerIsOver = true;
  if (next > workerCodeSize) {
    emit(op.STOP, growth(), 0, 0, i32(workerCodeSize));
  } else if (opcode == op.GAS || opcode == op.SSTORE || workerFollows != 0) {
    emit(cell.CELL_ENTER, growth(), i32(next), 0, 0);
  } else {
    if (growth() != 0) emit(cell.CELL_ADVANCE, growth(), 0, 0, 0);
    workerIsOver = false;
  }
}

function beginNextStretch(): void {
  beginStretch(workerBlockMost - workerHeight);
  sealCells();
}

function decodeOperation(opcode: u32, offset: usize): void {
  if (opcode == op.PUSH0 || pushedBytes(opcode) != 0) {
    return pushValue(i32(constantOf(opcode, workerBytes + offset, offset)));
  }
  if (opcode >= op.DUP1 && opcode < op.DUP1 + 16) return pushValue(peekValue(i32(opcode - op.DUP1)));
  if (opcode >= op.SWAP1 && opcode < op.SWAP1 + 16) return swapValues(i32(opcode - op.SWAP1) + 1);
  switch (opcode) {
    case op.JUMPDEST:
      return;
    case op.POP: {
      popValue();
      return;
    }
    case op.JUMP:
      return decodeJump();
    case op.JUMPI:
      return decodeJumpIf(offset + 1);
  }
  if (!hasRoom()) advance();
  switch (opcode) {
    case op.PC:
      return emitResult(op.PC, 0, i32(offset));
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
  const target = popValue();
  const place = target < 0 ? -1 : placeOf(target);
  if (place >= 0 && follow(usize(place))) return;
  workerIsOver = true;
  const word = hold(target, 0);
  settle();
  if (target < 0) emit(cell.CELL_JUMP, growth(), 0, word, 0);
  else if (place < 0) emit(cell.CELL_BAD_JUMP, 0, 0, 0, 0);
  else emit(cell.CELL_ENTER, growth(), place, 0, 0);
}

/** Goes on with the block at `place`, if that is worth it. */
function follow(place: usize): bool {
  if (workerFollows == MOST_FOLLOWED || workerBudget <= 0) return false;
  const isJoined = joinBlock(workerBytes, place, workerCodeSize, LONGEST_FOLLOWED);
  workerBudget -= i64(workerBlockEnd - place);
  if (!isJoined) return false;
  allowGrowth(workerBlockMost - workerHeight);
  workerFollowed = place;
  workerFollows++;
  return true;
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
  return target < u64(workerCodeSize) && isTarget(workerCode, usize(target)) ? i32(target) : -1;
}
