// The form that codes take which run often: cells instead of bytes. A block's stack is followed when it is decoded, so that
// PUSH, DUP, SWAP and POP vanish: a cell names where its operands lie and where its result goes.
//
//   0 op u16 | 2 delta i16 | 4 target | 8 a | 12 b .. 16
//
// target: where the result goes, bytes from sp. a, b: operands; one below 0 is STACK_BIAS less than its bytes from sp, any
// other is the address of a constant. sp stays where it was when the block began until a cell with a delta (in words) moves
// it. Operations keep the numbers of their opcodes; what cells have beyond them has numbers that no fork gives to an opcode,
// all below 256: beyond, the compiler gives up its table.
export const CELL_OP: usize = 0;
export const CELL_DELTA: usize = 2;
export const CELL_TARGET: usize = 4;
export const CELL_A: usize = 8;
export const CELL_B: usize = 12;
export const CELL_SIZE: usize = 16;

/** An operand on the stack is its bytes from sp less this. */
export const STACK_BIAS: i32 = 0x40000000;

/** Words above the highest stack of a block where results may stand. */
export const SPARE_PLACES: usize = 34;

/** target <- a; the next numbers are of as many more such cells, moved at once. */
export const CELL_MOVE: u32 = 0xa8;
export const MOST_MOVES: u32 = 8;
/** target <- a, and a <- target. */
export const CELL_EXCHANGE: u32 = 0xb0;
/** Moves sp by delta; or holds the third operand of the cell before, as a. */
export const CELL_ADVANCE: u32 = 0xb1;
/** Moves sp by delta and enters the block `target`: where jumps are not taken, and where gas was looked at. */
export const CELL_ENTER: u32 = 0xb2;
/** Jumps to the block of the JUMPDEST at the word a: always, or when b is not zero. */
export const CELL_JUMP: u32 = 0xb3;
export const CELL_JUMP_IF: u32 = 0xb4;
/** Jumps to where no JUMPDEST is: always, or when a is not zero. */
export const CELL_BAD_JUMP: u32 = 0xb5;
export const CELL_BAD_JUMP_IF: u32 = 0xb6;

/** target <- whether a < b, and so on; each odd one is the opposite of the even one before it. */
export const CELL_BELOW: u32 = 0xc0;
export const CELL_NOT_BELOW: u32 = 0xc1;
export const CELL_SIGNED_BELOW: u32 = 0xc2;
export const CELL_NOT_SIGNED_BELOW: u32 = 0xc3;
export const CELL_EQUAL: u32 = 0xc4;
export const CELL_NOT_EQUAL: u32 = 0xc5;
export const CELL_IS_ZERO: u32 = 0xc6;
export const CELL_IS_NOT_ZERO: u32 = 0xc7;
/** Enters the block `target` when the comparison of the same name holds, whose number is JUMP_ON lower. */
export const JUMP_ON: u32 = 8;
export const CELL_JUMP_IF_BELOW: u32 = 0xc8;
export const CELL_JUMP_IF_NOT_BELOW: u32 = 0xc9;
export const CELL_JUMP_IF_SIGNED_BELOW: u32 = 0xca;
export const CELL_JUMP_IF_NOT_SIGNED_BELOW: u32 = 0xcb;
export const CELL_JUMP_IF_EQUAL: u32 = 0xcc;
export const CELL_JUMP_IF_NOT_EQUAL: u32 = 0xcd;
export const CELL_JUMP_IF_ZERO: u32 = 0xce;
export const CELL_JUMP_IF_NOT_ZERO: u32 = 0xcf;

// A block is entered by its head, which stands apart, so that a JUMPDEST costs nothing to whom falls into it: what its head
// asks for is enough for all operations up to the next jump or call, or to where the gas left is looked at.
//
//   0 gas | 4 least height u16, greatest less least u16 (bytes of stack) | 8 place in the code | 12 its first cell .. 16
export const HEAD_GAS: usize = 0;
export const HEAD_LEAST: usize = 4;
export const HEAD_RANGE: usize = 6;
export const HEAD_PLACE: usize = 8;
export const HEAD_CELL: usize = 12;
export const HEAD_SIZE: usize = 16;

/** A map of a code has one u32 a byte: the head of the block that begins there, with one of these bits; else neither bit. */
export const MAP_JUMPDEST: u32 = 1;
/** Any other beginning: a call returns there. */
export const MAP_BLOCK: u32 = 2;
export const MAP_HEAD: u32 = ~15;

/** Where the result of the cell at `at` goes. */
@inline
export function target(at: usize, sp: usize): usize {
  return sp + <usize>load<i32>(at, CELL_TARGET);
}

@inline
export function operandA(at: usize, sp: usize): usize {
  return operand(load<i32>(at, CELL_A), sp);
}

@inline
export function operandB(at: usize, sp: usize): usize {
  return operand(load<i32>(at, CELL_B), sp);
}

/** The head of the block that it enters. */
@inline
export function entered(at: usize): usize {
  return load<u32>(at, CELL_TARGET);
}

/** Bytes by which it moves sp. */
@inline
export function delta(at: usize): usize {
  return usize(i32(load<i16>(at, CELL_DELTA)) << 5);
}

/** Below 0 it lies on the stack; without a branch. */
@inline
function operand(value: i32, sp: usize): usize {
  return usize(value + ((i32(sp) + STACK_BIAS) & (value >> 31)));
}
