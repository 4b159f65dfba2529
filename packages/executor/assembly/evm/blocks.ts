// The basic blocks of a code: what all operations of one cost together, and which heights of the stack they can stand on.
// Gas and stack are checked once where a block begins; where that fails, the block is run operation by operation and fails
// exactly where it must.
//
// A block begins at offset 0, at a JUMPDEST, and behind every operation after which the gas left is looked at or another
// operation than the next may follow. One that holds an operation unknown to the fork can never be entered.
//
// The map has an entry of 8 bytes for each byte of the code and one for its end: 0 where no block begins, else
// 0 gas | 4 least height | 6 greatest height (bytes of stack). Code without a map is run operation by operation: init code,
// which runs once; code so large that its operations without a jump would take long, since only jumps ask whether the run
// is still wanted; and what a transaction calls when its codes and their maps take much memory already.
import { allocateBlocks, allocateTargets, BLOCK_ENTRY } from "./code";
import { CODE_BLOCKS, CODE_BYTES, CODE_SIZE, CODE_TARGETS } from "./layout";
import { entryOf, gasOf, growthOf, leastHeight, STACK_LIMIT, UNDEFINED_HEIGHT } from "./opcode-table";
import * as op from "./opcodes";

/** The map of `code`'s blocks. 0: it has none. */
@inline
export function blocksOf(code: usize): usize {
  const blocks: usize = load<u32>(code, CODE_BLOCKS);
  return blocks != 0 ? blocks : findBlocks(code);
}

/**
 * Whether a jump may go to `offset`, inside of the code: a JUMPDEST stands there, and no byte that is pushed. For code
 * without a map; false too when the run is void.
 */
export function isTarget(code: usize, offset: usize): bool {
  if (load<u8>(<usize>load<u32>(code, CODE_BYTES) + offset) != op.JUMPDEST) return false;
  const known: usize = load<u32>(code, CODE_TARGETS);
  const targets = known != 0 ? known : findTargets(code);
  return targets != 0 && ((u32(load<u8>(targets + (offset >> 3))) >> (u32(offset) & 7)) & 1) != 0;
}

@inline
export function blockGas(block: u64): u32 {
  return u32(block);
}

@inline
export function blockLeastHeight(block: u64): u32 {
  return u32(block >> 32) & 0xffff;
}

@inline
export function blockGreatestHeight(block: u64): u32 {
  return u32(block >> 48);
}

function findBlocks(code: usize): usize {
  const bytes: usize = load<u32>(code, CODE_BYTES);
  const size: usize = load<u32>(code, CODE_SIZE);
  const map = allocateBlocks(code);
  if (map == 0) return 0;
  memory.fill(map, 0, (size + 1) * BLOCK_ENTRY);
  for (let start: usize = 0; start <= size; ) start = measure(map, bytes, start, size);
  store<u32>(code, u32(map), CODE_BLOCKS);
  return map;
}

/** A bit for each byte of the code, found when the first jump asks. 0: the run is void. */
function findTargets(code: usize): usize {
  const bytes: usize = load<u32>(code, CODE_BYTES);
  const size: usize = load<u32>(code, CODE_SIZE);
  const targets = allocateTargets(code);
  if (targets == 0) return 0;
  memory.fill(targets, 0, (size >> 3) + 1);
  for (let offset: usize = 0; offset < size; offset++) {
    const opcode: u32 = load<u8>(bytes + offset);
    if (opcode == op.JUMPDEST) {
      const place = targets + (offset >> 3);
      store<u8>(place, load<u8>(place) | (1 << u8(offset & 7)));
    } else if (opcode >= op.PUSH1 && opcode <= op.PUSH32) {
      offset += usize(opcode - op.PUSH1 + 1);
    }
  }
  store<u32>(code, u32(targets), CODE_TARGETS);
  return targets;
}

/** Writes the entry of the block at `start`; returns where the next one begins. */
function measure(map: usize, bytes: usize, start: usize, size: usize): usize {
  let gas: u32 = 0;
  let height: i32 = 0;
  let least: i32 = 0;
  let most: i32 = 0;
  let isKnown = true;
  let offset = start;
  while (offset < size) {
    const opcode: u32 = load<u8>(bytes + offset);
    if (opcode == op.JUMPDEST && offset != start) break;
    const entry = entryOf(opcode);
    offset++;
    if (leastHeight(entry) == UNDEFINED_HEIGHT) {
      isKnown = false;
      break;
    }
    gas += gasOf(entry);
    const needed = i32(leastHeight(entry) >> 5) - height;
    if (needed > least) least = needed;
    height += growthOf(entry);
    if (height > most) most = height;
    if (endsBlock(opcode)) break;
    if (opcode >= op.PUSH1 && opcode <= op.PUSH32) offset += usize(opcode - op.PUSH1 + 1);
  }
  const isPossible = isKnown && least <= i32(STACK_LIMIT) && most <= i32(STACK_LIMIT);
  const leastBytes = isPossible ? u32(least) * 32 : UNDEFINED_HEIGHT;
  const greatestBytes = isPossible ? (STACK_LIMIT - u32(most)) * 32 : 0;
  store<u64>(map + (start << 3), u64(gas) | (u64(leastBytes) << 32) | (u64(greatestBytes) << 48));
  return offset > start ? offset : offset + 1;
}

function endsBlock(opcode: u32): bool {
  switch (opcode) {
    case op.STOP:
    case op.SSTORE: // compares the gas left with a number (EIP-2200)
    case op.JUMP:
    case op.JUMPI:
    case op.GAS:
    case op.CREATE:
    case op.CALL:
    case op.CALLCODE:
    case op.RETURN:
    case op.DELEGATECALL:
    case op.CREATE2:
    case op.STATICCALL:
    case op.REVERT:
    case op.SELFDESTRUCT:
      return true;
    default:
      return false;
  }
}
