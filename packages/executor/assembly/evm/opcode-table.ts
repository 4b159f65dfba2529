// One row an operation: its fixed gas, what it takes from the stack and puts there, and since which fork it is. Both the
// checks per operation and the sums per block are read from here.
//
// An entry is 8 bytes: 0 gas | 2 least height, bytes of stack | 4 greatest height before it, bytes of stack | 6 growth of
// the stack in words, signed. An operation that the fork does not have needs a height that no stack has.
import {
  BLOCK, BLOCK_FORK, FORK_BERLIN, FORK_CANCUN, FORK_LONDON, FORK_OSAKA, FORK_SHANGHAI, OPCODE_TABLE, workerArena,
} from "./layout";
import * as op from "./opcodes";

/** Words that a stack holds. */
export const STACK_LIMIT: u32 = 1024;
/** The least height of operations that are not there. */
export const UNDEFINED_HEIGHT: u32 = 0xffff;

const ENTRY_GAS: usize = 0;
const ENTRY_LEAST: usize = 2;
const ENTRY_GREATEST: usize = 4;
const ENTRY_GROWTH: usize = 6;

/** The entry of `opcode` in the table of the block's fork. */
@inline
export function entryOf(opcode: u32): u64 {
  return load<u64>(workerArena + (usize(opcode) << 3), OPCODE_TABLE);
}

@inline
export function gasOf(entry: u64): u32 {
  return u32(entry) & 0xffff;
}

@inline
export function leastHeight(entry: u64): u32 {
  return u32(entry) >> 16;
}

@inline
export function greatestHeight(entry: u64): u32 {
  return u32(entry >> 32) & 0xffff;
}

/** Words by which the stack grows, or shrinks. */
@inline
export function growthOf(entry: u64): i32 {
  return i32(i64(entry) >> 48);
}

/** Fills the table for the block's fork. */
export function buildOpcodeTable(): void {
  for (let opcode: u32 = 0; opcode < 256; opcode++) {
    const entry = workerArena + OPCODE_TABLE + (usize(opcode) << 3);
    store<u64>(entry, u64(UNDEFINED_HEIGHT) << 16);
  }
  addArithmetic();
  addEnvironment();
  addMachine();
  addStack();
  addCalls();
}

function row(opcode: u32, gas: u32, inputs: u32, outputs: u32, since: u32 = FORK_BERLIN): void {
  if (load<u32>(workerArena + BLOCK, BLOCK_FORK) < since) return;
  const entry = workerArena + OPCODE_TABLE + (usize(opcode) << 3);
  const growth = i32(outputs) - i32(inputs);
  const room = growth > 0 ? u32(growth) : 0;
  store<u16>(entry, u16(gas), ENTRY_GAS);
  store<u16>(entry, u16(inputs * 32), ENTRY_LEAST);
  store<u16>(entry, u16((STACK_LIMIT - room) * 32), ENTRY_GREATEST);
  store<i16>(entry, i16(growth), ENTRY_GROWTH);
}

function addArithmetic(): void {
  row(op.STOP, 0, 0, 0);
  row(op.ADD, 3, 2, 1);
  row(op.MUL, 5, 2, 1);
  row(op.SUB, 3, 2, 1);
  row(op.DIV, 5, 2, 1);
  row(op.SDIV, 5, 2, 1);
  row(op.MOD, 5, 2, 1);
  row(op.SMOD, 5, 2, 1);
  row(op.ADDMOD, 8, 3, 1);
  row(op.MULMOD, 8, 3, 1);
  row(op.EXP, 10, 2, 1);
  row(op.SIGNEXTEND, 5, 2, 1);
  row(op.LT, 3, 2, 1);
  row(op.GT, 3, 2, 1);
  row(op.SLT, 3, 2, 1);
  row(op.SGT, 3, 2, 1);
  row(op.EQ, 3, 2, 1);
  row(op.ISZERO, 3, 1, 1);
  row(op.AND, 3, 2, 1);
  row(op.OR, 3, 2, 1);
  row(op.XOR, 3, 2, 1);
  row(op.NOT, 3, 1, 1);
  row(op.BYTE, 3, 2, 1);
  row(op.SHL, 3, 2, 1);
  row(op.SHR, 3, 2, 1);
  row(op.SAR, 3, 2, 1);
  row(op.CLZ, 5, 1, 1, FORK_OSAKA); // EIP-7939
  row(op.KECCAK256, 30, 2, 1);
}

function addEnvironment(): void {
  row(op.ADDRESS, 2, 0, 1);
  row(op.BALANCE, 100, 1, 1);
  row(op.ORIGIN, 2, 0, 1);
  row(op.CALLER, 2, 0, 1);
  row(op.CALLVALUE, 2, 0, 1);
  row(op.CALLDATALOAD, 3, 1, 1);
  row(op.CALLDATASIZE, 2, 0, 1);
  row(op.CALLDATACOPY, 3, 3, 0);
  row(op.CODESIZE, 2, 0, 1);
  row(op.CODECOPY, 3, 3, 0);
  row(op.GASPRICE, 2, 0, 1);
  row(op.EXTCODESIZE, 100, 1, 1);
  row(op.EXTCODECOPY, 100, 4, 0);
  row(op.RETURNDATASIZE, 2, 0, 1);
  row(op.RETURNDATACOPY, 3, 3, 0);
  row(op.EXTCODEHASH, 100, 1, 1);
  row(op.BLOCKHASH, 20, 1, 1);
  row(op.COINBASE, 2, 0, 1);
  row(op.TIMESTAMP, 2, 0, 1);
  row(op.NUMBER, 2, 0, 1);
  row(op.PREVRANDAO, 2, 0, 1);
  row(op.GASLIMIT, 2, 0, 1);
  row(op.CHAINID, 2, 0, 1);
  row(op.SELFBALANCE, 5, 0, 1);
  row(op.BASEFEE, 2, 0, 1, FORK_LONDON); // EIP-3198
  row(op.BLOBHASH, 3, 1, 1, FORK_CANCUN); // EIP-4844
  row(op.BLOBBASEFEE, 2, 0, 1, FORK_CANCUN); // EIP-7516
}

function addMachine(): void {
  row(op.POP, 2, 1, 0);
  row(op.MLOAD, 3, 1, 1);
  row(op.MSTORE, 3, 2, 0);
  row(op.MSTORE8, 3, 2, 0);
  row(op.SLOAD, 100, 1, 1);
  row(op.SSTORE, 0, 2, 0);
  row(op.JUMP, 8, 1, 0);
  row(op.JUMPI, 10, 2, 0);
  row(op.PC, 2, 0, 1);
  row(op.MSIZE, 2, 0, 1);
  row(op.GAS, 2, 0, 1);
  row(op.JUMPDEST, 1, 0, 0);
  row(op.TLOAD, 100, 1, 1, FORK_CANCUN); // EIP-1153
  row(op.TSTORE, 100, 2, 0, FORK_CANCUN);
  row(op.MCOPY, 3, 3, 0, FORK_CANCUN); // EIP-5656
}

function addStack(): void {
  row(op.PUSH0, 2, 0, 1, FORK_SHANGHAI); // EIP-3855
  for (let opcode = op.PUSH1; opcode <= op.PUSH32; opcode++) row(opcode, 3, 0, 1);
  for (let depth: u32 = 1; depth <= 16; depth++) {
    row(op.DUP1 + depth - 1, 3, depth, depth + 1);
    row(op.SWAP1 + depth - 1, 3, depth + 1, depth + 1);
  }
  for (let topics: u32 = 0; topics <= 4; topics++) row(op.LOG0 + topics, 375 * (topics + 1), topics + 2, 0);
}

function addCalls(): void {
  row(op.CREATE, 32000, 3, 1);
  row(op.CALL, 100, 7, 1);
  row(op.CALLCODE, 100, 7, 1);
  row(op.RETURN, 0, 2, 0);
  row(op.DELEGATECALL, 100, 6, 1);
  row(op.CREATE2, 32000, 4, 1);
  row(op.STATICCALL, 100, 6, 1);
  row(op.REVERT, 0, 2, 0);
  row(op.SELFDESTRUCT, 5000, 1, 0);
}
