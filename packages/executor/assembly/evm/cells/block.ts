// The basic blocks of a code: what all operations of one cost together, and which heights of the stack they can stand on.
// Gas and stack are checked once where a block is entered; where that fails, it is run operation by operation and fails
// exactly where it must.
//
// A block begins at offset 0, at a JUMPDEST, and behind every operation after which the gas left is looked at or another
// operation than the next may follow. One that holds an operation unknown to the fork can never be entered.
import { entryOf, gasOf, growthOf, leastHeight, STACK_LIMIT, UNDEFINED_HEIGHT } from "../opcode-table";
import * as op from "../opcodes";
import { pushedBytes } from "../pushes";
import { FORM_LEAVES, formOf } from "./forms";

/** Of the block that was measured last: the gas of its operations. */
export let workerBlockGas: u32 = 0;
/** Words that it needs below, more than there can be if it holds an unknown operation. */
export let workerBlockLeast: i32 = 0;
/** Words by which it grows at most, and by which it has grown in the end. */
export let workerBlockMost: i32 = 0;
export let workerBlockGrowth: i32 = 0;
/** Where the next one begins; beyond the end of the code, behind a push that reaches over it. */
export let workerBlockEnd: usize = 0;
const UNKNOWN: i32 = 1 << 20;

/** Measures the block at `start` of the `size` bytes at `bytes`; behind the end one of no operation. */
export function measureBlock(bytes: usize, start: usize, size: usize): void {
  let gas: u32 = 0;
  let height: i32 = 0;
  let least: i32 = 0;
  let most: i32 = 0;
  let offset = start;
  while (offset < size) {
    const opcode: u32 = load<u8>(bytes + offset);
    if (opcode == op.JUMPDEST && offset != start) break;
    const entry = entryOf(opcode);
    offset++;
    if (leastHeight(entry) == UNDEFINED_HEIGHT) {
      least = UNKNOWN;
      break;
    }
    gas += gasOf(entry);
    const needed = i32(leastHeight(entry) >> 5) - height;
    if (needed > least) least = needed;
    height += growthOf(entry);
    if (height > most) most = height;
    if (endsBlock(opcode)) break;
    offset += pushedBytes(opcode);
  }
  workerBlockGas = gas;
  workerBlockLeast = least;
  workerBlockMost = most;
  workerBlockGrowth = height;
  workerBlockEnd = offset > start ? offset : offset + 1;
}

/**
 * Joins the block at `start`, where that of the last measurement goes on. False: it is longer than `longest`, or no stack
 * fits both, and they stay apart; workerBlockEnd is its end in any case.
 */
export function joinBlock(bytes: usize, start: usize, size: usize, longest: usize): bool {
  const gas = workerBlockGas, least = workerBlockLeast, most = workerBlockMost, growth = workerBlockGrowth;
  measureBlock(bytes, start, size);
  workerBlockGas += gas;
  workerBlockLeast = max(least, workerBlockLeast - growth);
  workerBlockMost = max(most, workerBlockMost + growth);
  workerBlockGrowth += growth;
  if (workerBlockEnd - start <= longest && isPossible()) return true;
  workerBlockGas = gas;
  workerBlockLeast = least;
  workerBlockMost = most;
  workerBlockGrowth = growth;
  return false;
}

/** Whether there is a stack on which the block that was measured last can run. */
@inline
export function isPossible(): bool {
  return workerBlockLeast + workerBlockMost <= i32(STACK_LIMIT);
}

function endsBlock(opcode: u32): bool {
  switch (opcode) {
    case op.SSTORE: // compares the gas left with a number (EIP-2200)
    case op.JUMP:
    case op.JUMPI:
    case op.GAS:
      return true;
    default:
      return formOf(opcode) == FORM_LEAVES;
  }
}
