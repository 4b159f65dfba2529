// The loop that runs a frame's operations until it stops, or calls: one text of every operation, compiled in two forms. The
// first goes through the bytes of the code and checks each operation by the opcode table. The other goes through the cells
// of codes that run often (cells/), where gas and stack are checked once a block; a block that fails its check is run by the
// first. The traced build knows the first alone, and reports each operation before it runs.
//
// The stack grows upwards, `sp` is the address of its top word; binary operations leave their result one word below.
import {
  CELL_ADVANCE, CELL_BAD_JUMP, CELL_BAD_JUMP_IF, CELL_BELOW, CELL_ENTER, CELL_EQUAL, CELL_EXCHANGE, CELL_IS_NOT_ZERO,
  CELL_IS_ZERO, CELL_JUMP, CELL_JUMP_IF, CELL_JUMP_IF_BELOW, CELL_JUMP_IF_EQUAL, CELL_JUMP_IF_NOT_BELOW,
  CELL_JUMP_IF_NOT_EQUAL, CELL_JUMP_IF_NOT_SIGNED_BELOW, CELL_JUMP_IF_NOT_ZERO, CELL_JUMP_IF_SIGNED_BELOW,
  CELL_JUMP_IF_ZERO, CELL_MOVE, CELL_NOT_BELOW, CELL_NOT_EQUAL, CELL_NOT_SIGNED_BELOW, CELL_OP, CELL_B, CELL_SIGNED_BELOW,
  CELL_SIZE, delta, entered, HEAD_CELL, HEAD_GAS, HEAD_LEAST, HEAD_PLACE, HEAD_RANGE, MAP_HEAD, MAP_JUMPDEST, operandA,
  operandB, target,
} from "./cells/cell";
import { gasUntilHot, hasCells, heat } from "./cells/heat";
import {
  FRAME_ACCOUNT, FRAME_CALLER, FRAME_CODE, FRAME_GAS, FRAME_INPUT_SIZE, FRAME_PC, FRAME_SP, FRAME_STACK, FRAME_VALUE,
} from "./frame";
import { EXP_BYTE } from "./gas";
import { setHalt, workerHalt } from "./halt";
import * as copies from "./instructions/copies";
import * as storage from "./instructions/storage";
import {
  ACCOUNT_ADDRESS, BLOCK, BLOCK_BASE_FEE, BLOCK_BENEFICIARY, BLOCK_BLOB_BASE_FEE, BLOCK_CHAIN_ID, BLOCK_GAS_LIMIT,
  BLOCK_NUMBER, BLOCK_PREV_RANDAO, BLOCK_TIMESTAMP, CODE_BYTES, CODE_CELLS, CODE_SIZE, HALT_INVALID_JUMP,
  HALT_INVALID_OPCODE, HALT_OUT_OF_GAS, HALT_STACK_OVERFLOW, HALT_STACK_UNDERFLOW, TRANSACTION, TX_GAS_PRICE, TX_ORIGIN,
  workerArena,
} from "./layout";
import { bounded, reachMemory, workerFrame, workerMemory, workerMemorySize } from "./memory";
import { entryOf, gasOf, greatestHeight, growthOf, leastHeight, UNDEFINED_HEIGHT } from "./opcode-table";
import * as op from "./opcodes";
import { operate } from "./operations";
import { pushBytes } from "./pushes";
import { workerReturnSize } from "./return-data";
import { poll, workerVoid } from "./run-state";
import { isTarget } from "./targets";
import { reportStep, TRACED } from "./trace";
import { add, subtract } from "./words/addition";
import { and, byteOf, countLeadingZeros, not, or, signExtend, xor } from "./words/bits";
import { readAddress, readWord, writeWord } from "./words/bytes";
import { divide, divideSigned, modulo, moduloSigned } from "./words/division";
import { exponentiate } from "./words/exponentiation";
import { addModulo, multiplyModulo } from "./words/modular";
import { multiply } from "./words/multiplication";
import { shiftLeft, shiftRight, shiftRightSigned } from "./words/shifts";
import { byteLength, copyWord, exchangeWords, isBelow, isEqual, isSignedBelow, isZero, setSmall } from "./words/word";

/** What may be spent before a block of cells, or an operation of bytes, asks again whether the run is still wanted. */
const GAS_PER_POLL: i64 = 15_000;
/** No operation: the frame stands before a block that it cannot enter. */
const BLOCK_REFUSED: u32 = 256;
/** No operation: the frame stands at a JUMPDEST, and its code has cells or is to get them. */
const HOT: u32 = 257;

/**
 * Runs the frame that was entered, from where it stands, which is where a block begins. Returns the operation at which it
 * stands now: STOP, RETURN, REVERT and SELFDESTRUCT are done with it, calls and creations wait for their operands to be
 * taken, INVALID means that it failed: `workerHalt` says why.
 */
export function interpret(): u32 {
  if (TRACED) return runBytes();
  const code: usize = load<u32>(workerFrame, FRAME_CODE);
  let outcome = HOT;
  while (outcome == HOT) {
    if (hasCells(code)) {
      outcome = runCells();
      if (outcome == BLOCK_REFUSED) outcome = runBytes();
    } else {
      const before = load<i64>(workerFrame, FRAME_GAS);
      outcome = runBytes();
      heat(code, before - load<i64>(workerFrame, FRAME_GAS));
    }
  }
  return outcome;
}

function runBytes(): u32 {
  return run(false);
}

function runCells(): u32 {
  return run(true);
}

@inline
function run(cells: bool): u32 {
  const frame = workerFrame;
  const code: usize = load<u32>(frame, FRAME_CODE);
  const start: usize = load<u32>(code, CODE_BYTES);
  const size: u64 = load<u32>(code, CODE_SIZE);
  const map: usize = load<u32>(code, CODE_CELLS);
  const stack: usize = load<u32>(frame, FRAME_STACK);
  let sp: usize = load<u32>(frame, FRAME_SP);
  let gas = load<i64>(frame, FRAME_GAS);
  let pollAt = below(gas);
  const hotAt = cells || TRACED ? 0 : gas - gasUntilHot(code);
  // Where the operation stands: a byte, or a cell; the next one is a step further. Where a block begins: a byte, or its head.
  let at: usize = load<u32>(frame, FRAME_PC);
  const step: usize = cells ? CELL_SIZE : 1;
  /** Bytes of the stack that an operand takes: of cells it takes none. */
  const word: usize = cells ? 0 : 32;
  if (cells) at = headAt(map, at - start);
  while (true) {
    if (cells) {
      gas -= load<u32>(at, HEAD_GAS);
      if (gas < pollAt) {
        if (gas < 0) return refused(at, start, sp, gas);
        if (poll()) return failed(workerVoid);
        pollAt = below(gas);
      }
      if (u32(sp - stack) - <u32>load<u16>(at, HEAD_LEAST) > <u32>load<u16>(at, HEAD_RANGE)) return refused(at, start, sp, gas);
      at = load<u32>(at, HEAD_CELL);
    }
    while (true) {
      const opcode: u32 = cells ? <u32>load<u16>(at, CELL_OP) : <u32>load<u8>(at);
      if (!cells) {
        if (TRACED) {
          if (size != 0 && !reportStep(at - start, opcode, sp, gas)) return failed(workerVoid);
        }
        const entry = entryOf(opcode);
        const height = u32(sp - stack);
        if (height < leastHeight(entry) || height > greatestHeight(entry)) return badStack(opcode, entry, height);
        gas -= gasOf(entry);
        if (gas < pollAt) {
          if (gas < 0) return failed(HALT_OUT_OF_GAS);
          if (poll()) return failed(workerVoid);
          pollAt = below(gas);
        }
      }
      // Operands, and where a result of none, one or two goes: what the cell says, or the words on top of the stack.
      const a = cells ? operandA(at, sp) : sp;
      const b = cells ? operandB(at, sp) : sp - 32;
      const above = cells ? target(at, sp) : sp + 32;
      const over = cells ? above : sp;
      const under = cells ? above : sp - 32;
      switch (opcode) {
        case op.ADD: { add(under, a, b); sp -= word; at += step; continue; }
        case op.MUL: { multiply(under, a, b); sp -= word; at += step; continue; }
        case op.SUB: { subtract(under, a, b); sp -= word; at += step; continue; }
        case op.DIV: { divide(under, a, b); sp -= word; at += step; continue; }
        case op.SDIV: { divideSigned(under, a, b); sp -= word; at += step; continue; }
        case op.MOD: { modulo(under, a, b); sp -= word; at += step; continue; }
        case op.SMOD: { moduloSigned(under, a, b); sp -= word; at += step; continue; }
        case op.ADDMOD:
        case op.MULMOD: {
          const modulus = cells ? operandA(at + CELL_SIZE, sp) : sp - 64;
          const result = cells ? above : modulus;
          if (opcode == op.ADDMOD) addModulo(result, a, b, modulus);
          else multiplyModulo(result, a, b, modulus);
          sp -= 2 * word;
          at += cells ? 2 * CELL_SIZE : 1;
          continue;
        }
        case op.EXP: {
          gas -= i64(byteLength(b)) * EXP_BYTE;
          if (gas < 0) return failed(HALT_OUT_OF_GAS);
          exponentiate(under, a, b);
          sp -= word;
          at += step;
          continue;
        }
        case op.SIGNEXTEND: { signExtend(under, a, b); sp -= word; at += step; continue; }
        case op.AND: { and(under, a, b); sp -= word; at += step; continue; }
        case op.OR: { or(under, a, b); sp -= word; at += step; continue; }
        case op.XOR: { xor(under, a, b); sp -= word; at += step; continue; }
        case op.BYTE: { byteOf(under, a, b); sp -= word; at += step; continue; }
        case op.SHL: { shiftLeft(under, a, b); sp -= word; at += step; continue; }
        case op.SHR: { shiftRight(under, a, b); sp -= word; at += step; continue; }
        case op.SAR: { shiftRightSigned(under, a, b); sp -= word; at += step; continue; }
        case op.NOT: { not(over, a); at += step; continue; }
        case op.CLZ: { countLeadingZeros(over, a); at += step; continue; }
        case op.KECCAK256: {
          gas = copies.keccak(under, a, b, gas);
          if (gas < 0) return failed(workerHalt);
          sp -= word;
          at += step;
          continue;
        }

        case op.ADDRESS: { readAddress(above, <usize>load<u32>(frame, FRAME_ACCOUNT) + ACCOUNT_ADDRESS); sp += word; at += step; continue; }
        case op.ORIGIN: { readAddress(above, workerArena + TRANSACTION + TX_ORIGIN); sp += word; at += step; continue; }
        case op.CALLER: { readAddress(above, <usize>load<u32>(frame, FRAME_CALLER) + ACCOUNT_ADDRESS); sp += word; at += step; continue; }
        case op.CALLVALUE: { copyWord(above, frame + FRAME_VALUE); sp += word; at += step; continue; }
        case op.CALLDATALOAD: { copies.callDataLoad(over, a); at += step; continue; }
        case op.CALLDATASIZE: { setSmall(above, load<u32>(frame, FRAME_INPUT_SIZE)); sp += word; at += step; continue; }
        case op.CODESIZE: { setSmall(above, size); sp += word; at += step; continue; }
        case op.GASPRICE: { copyWord(above, workerArena + TRANSACTION + TX_GAS_PRICE); sp += word; at += step; continue; }
        case op.RETURNDATASIZE: { setSmall(above, workerReturnSize); sp += word; at += step; continue; }
        case op.COINBASE: { readAddress(above, workerArena + BLOCK + BLOCK_BENEFICIARY); sp += word; at += step; continue; }
        case op.TIMESTAMP: { setSmall(above, load<u64>(workerArena + BLOCK, BLOCK_TIMESTAMP)); sp += word; at += step; continue; }
        case op.NUMBER: { setSmall(above, load<u64>(workerArena + BLOCK, BLOCK_NUMBER)); sp += word; at += step; continue; }
        case op.PREVRANDAO: { readWord(above, workerArena + BLOCK + BLOCK_PREV_RANDAO); sp += word; at += step; continue; }
        case op.GASLIMIT: { setSmall(above, load<u64>(workerArena + BLOCK, BLOCK_GAS_LIMIT)); sp += word; at += step; continue; }
        case op.CHAINID: { copyWord(above, workerArena + BLOCK + BLOCK_CHAIN_ID); sp += word; at += step; continue; }
        case op.BASEFEE: { copyWord(above, workerArena + BLOCK + BLOCK_BASE_FEE); sp += word; at += step; continue; }
        case op.BLOBBASEFEE: { copyWord(above, workerArena + BLOCK + BLOCK_BLOB_BASE_FEE); sp += word; at += step; continue; }
        case op.PC: { setSmall(above, cells ? load<u32>(at, CELL_B) : u64(at - start)); sp += word; at += step; continue; }
        case op.MSIZE: { setSmall(above, workerMemorySize); sp += word; at += step; continue; }
        case op.GAS: { setSmall(above, u64(gas)); sp += word; at += step; continue; }

        case op.MLOAD: {
          const offset = bounded(a);
          gas = reachMemory(offset, 32, gas);
          if (gas < 0) return failed(workerHalt);
          readWord(over, workerMemory + usize(offset));
          at += step;
          continue;
        }
        case op.MSTORE: {
          const offset = bounded(a);
          gas = reachMemory(offset, 32, gas);
          if (gas < 0) return failed(workerHalt);
          writeWord(workerMemory + usize(offset), b);
          sp -= 2 * word;
          at += step;
          continue;
        }
        case op.MSTORE8: {
          const offset = bounded(a);
          gas = reachMemory(offset, 1, gas);
          if (gas < 0) return failed(workerHalt);
          store<u8>(workerMemory + usize(offset), load<u8>(b));
          sp -= 2 * word;
          at += step;
          continue;
        }
        case op.SLOAD: {
          gas = storage.sload(over, a, gas);
          if (gas < 0) return failed(workerHalt);
          at += step;
          continue;
        }
        case op.SSTORE: {
          gas = storage.sstore(a, b, gas);
          if (gas < 0) return failed(workerHalt);
          sp -= 2 * word;
          at += step;
          continue;
        }
        case op.TLOAD: { storage.tload(over, a); at += step; continue; }
        case op.BALANCE: case op.CALLDATACOPY: case op.CODECOPY: case op.EXTCODESIZE: case op.EXTCODECOPY:
        case op.RETURNDATACOPY: case op.EXTCODEHASH: case op.BLOCKHASH: case op.SELFBALANCE: case op.BLOBHASH:
        case op.TSTORE: case op.MCOPY:
        case op.LOG0: case op.LOG0 + 1: case op.LOG0 + 2: case op.LOG0 + 3: case op.LOG4: {
          if (cells) sp += delta(at);
          gas = operate(opcode, sp, gas);
          if (gas < 0) return failed(workerHalt);
          sp += usize(growthOf(entryOf(opcode)) << 5);
          at += step;
          continue;
        }
        case op.RETURN:
        case op.REVERT: {
          if (cells) sp += delta(at);
          gas = operate(opcode, sp, gas);
          return gas < 0 ? failed(workerHalt) : leave(opcode, at, sp, gas);
        }
        case op.STOP: case op.SELFDESTRUCT: case op.CREATE: case op.CALL: case op.CALLCODE: case op.DELEGATECALL:
        case op.CREATE2: case op.STATICCALL: {
          if (!cells) return leave(opcode, at, sp, gas);
          return leave(opcode, start + usize(load<u32>(at, CELL_B)), sp + delta(at), gas);
        }

        // Of the first form alone: what moves words on the stack, comparisons and jumps.

        case op.LT: { setSmall(under, u64(isBelow(a, b))); sp -= word; at += step; continue; }
        case op.GT: { setSmall(under, u64(isBelow(b, a))); sp -= word; at += step; continue; }
        case op.SLT: { setSmall(under, u64(isSignedBelow(a, b))); sp -= word; at += step; continue; }
        case op.SGT: { setSmall(under, u64(isSignedBelow(b, a))); sp -= word; at += step; continue; }
        case op.EQ: { setSmall(under, u64(isEqual(a, b))); sp -= word; at += step; continue; }
        case op.ISZERO: { setSmall(over, u64(isZero(a))); at += step; continue; }
        case op.POP: { sp -= 32; at++; continue; }
        case op.JUMP:
        case op.JUMPI: {
          const place = bounded(a);
          const isTaken = opcode == op.JUMP || !isZero(b);
          sp -= opcode == op.JUMP ? 32 : 64;
          if (!isTaken) {
            at++;
            continue;
          }
          if (place >= size || !isTarget(code, usize(place))) return failed(HALT_INVALID_JUMP);
          at = start + usize(place);
          if (!TRACED && gas < hotAt) return leave(HOT, at, sp, gas);
          continue;
        }
        case op.JUMPDEST: { at++; continue; }
        case op.PUSH0: { setSmall(above, 0); sp += 32; at++; continue; }
        case op.PUSH1: { setSmall(above, load<u8>(at, 1)); sp += 32; at += 2; continue; }
        case op.PUSH2: { setSmall(above, bswap<u16>(load<u16>(at, 1))); sp += 32; at += 3; continue; }
        case 0x62: case 0x63: case 0x64: case 0x65: case 0x66: case 0x67: case 0x68: case 0x69: case 0x6a: case 0x6b:
        case 0x6c: case 0x6d: case 0x6e: case 0x6f: case 0x70: case 0x71: case 0x72: case 0x73: case 0x74: case 0x75:
        case 0x76: case 0x77: case 0x78: case 0x79: case 0x7a: case 0x7b: case 0x7c: case 0x7d: case 0x7e: case 0x7f: {
          pushBytes(above, at, opcode - op.PUSH1 + 1);
          sp += 32;
          at += usize(opcode - op.PUSH1 + 2);
          continue;
        }
        case 0x80: case 0x81: case 0x82: case 0x83: case 0x84: case 0x85: case 0x86: case 0x87: case 0x88: case 0x89:
        case 0x8a: case 0x8b: case 0x8c: case 0x8d: case 0x8e: case 0x8f: {
          copyWord(above, sp - (usize(opcode - op.DUP1) << 5));
          sp += 32;
          at++;
          continue;
        }
        case 0x90: case 0x91: case 0x92: case 0x93: case 0x94: case 0x95: case 0x96: case 0x97: case 0x98: case 0x99:
        case 0x9a: case 0x9b: case 0x9c: case 0x9d: case 0x9e: case 0x9f: {
          exchangeWords(sp, sp - (usize(opcode - op.SWAP1 + 1) << 5));
          at++;
          continue;
        }

        // Of cells alone.
        // As many as the number says, each by falling into the next.
        case CELL_MOVE + 7: { copyWord(target(at, sp), operandA(at, sp)); at += step; }
        case CELL_MOVE + 6: { copyWord(target(at, sp), operandA(at, sp)); at += step; }
        case CELL_MOVE + 5: { copyWord(target(at, sp), operandA(at, sp)); at += step; }
        case CELL_MOVE + 4: { copyWord(target(at, sp), operandA(at, sp)); at += step; }
        case CELL_MOVE + 3: { copyWord(target(at, sp), operandA(at, sp)); at += step; }
        case CELL_MOVE + 2: { copyWord(target(at, sp), operandA(at, sp)); at += step; }
        case CELL_MOVE + 1: { copyWord(target(at, sp), operandA(at, sp)); at += step; }
        case CELL_MOVE: { copyWord(target(at, sp), operandA(at, sp)); at += step; continue; }
        case CELL_EXCHANGE: { exchangeWords(above, a); at += step; continue; }
        case CELL_ADVANCE: { sp += delta(at); at += step; continue; }

        case CELL_BELOW: { setSmall(above, u64(isBelow(a, b))); at += step; continue; }
        case CELL_NOT_BELOW: { setSmall(above, u64(!isBelow(a, b))); at += step; continue; }
        case CELL_SIGNED_BELOW: { setSmall(above, u64(isSignedBelow(a, b))); at += step; continue; }
        case CELL_NOT_SIGNED_BELOW: { setSmall(above, u64(!isSignedBelow(a, b))); at += step; continue; }
        case CELL_EQUAL: { setSmall(above, u64(isEqual(a, b))); at += step; continue; }
        case CELL_NOT_EQUAL: { setSmall(above, u64(!isEqual(a, b))); at += step; continue; }
        case CELL_IS_ZERO: { setSmall(above, u64(isZero(a))); at += step; continue; }
        case CELL_IS_NOT_ZERO: { setSmall(above, u64(!isZero(a))); at += step; continue; }
        // A jump that is not taken goes on with the CELL_ENTER behind it.
        case CELL_JUMP_IF_BELOW: { const next = isBelow(a, b) ? at : at + step; sp += delta(at); at = entered(next); break; }
        case CELL_JUMP_IF_NOT_BELOW: { const next = isBelow(a, b) ? at + step : at; sp += delta(at); at = entered(next); break; }
        case CELL_JUMP_IF_SIGNED_BELOW: { const next = isSignedBelow(a, b) ? at : at + step; sp += delta(at); at = entered(next); break; }
        case CELL_JUMP_IF_NOT_SIGNED_BELOW: { const next = isSignedBelow(a, b) ? at + step : at; sp += delta(at); at = entered(next); break; }
        case CELL_JUMP_IF_EQUAL: { const next = isEqual(a, b) ? at : at + step; sp += delta(at); at = entered(next); break; }
        case CELL_JUMP_IF_NOT_EQUAL: { const next = isEqual(a, b) ? at + step : at; sp += delta(at); at = entered(next); break; }
        case CELL_JUMP_IF_ZERO: { const next = isZero(a) ? at : at + step; sp += delta(at); at = entered(next); break; }
        case CELL_JUMP_IF_NOT_ZERO: { const next = isZero(a) ? at + step : at; sp += delta(at); at = entered(next); break; }
        case CELL_ENTER: { sp += delta(at); at = entered(at); break; }
        case CELL_JUMP:
        case CELL_JUMP_IF: {
          const isTaken = opcode == CELL_JUMP || !isZero(b);
          const place = bounded(a);
          sp += delta(at);
          if (!isTaken) {
            at += step;
            continue;
          }
          const entry = place < size ? load<u32>(map + (usize(place) << 2)) : 0;
          if ((entry & MAP_JUMPDEST) == 0) return failed(HALT_INVALID_JUMP);
          at = entry & MAP_HEAD;
          break;
        }
        case CELL_BAD_JUMP: return failed(HALT_INVALID_JUMP);
        case CELL_BAD_JUMP_IF: {
          if (!isZero(a)) return failed(HALT_INVALID_JUMP);
          sp += delta(at);
          at += step;
          continue;
        }
        default:
          return failed(HALT_INVALID_OPCODE, opcode);
      }
      break; // a block begins
    }
  }
}

/** The head of the block that begins at `offset`. */
@inline
function headAt(map: usize, offset: usize): usize {
  return load<u32>(map + (offset << 2)) & MAP_HEAD;
}

/** The frame stands before the block of `head`, whose gas was taken already. */
function refused(head: usize, start: usize, sp: usize, gas: i64): u32 {
  return leave(BLOCK_REFUSED, start + <usize>load<u32>(head, HEAD_PLACE), sp, gas + load<u32>(head, HEAD_GAS));
}

/** The gas left below which it is time to ask again. */
@inline
function below(gas: i64): i64 {
  return gas > GAS_PER_POLL ? gas - GAS_PER_POLL : 0;
}

/** Notes where the frame stands; returns `opcode`. */
function leave(opcode: u32, pc: usize, sp: usize, gas: i64): u32 {
  store<u32>(workerFrame, u32(pc), FRAME_PC);
  store<u32>(workerFrame, u32(sp), FRAME_SP);
  store<i64>(workerFrame, gas, FRAME_GAS);
  return opcode;
}

function failed(reason: u32, opcode: u32 = 0): u32 {
  setHalt(reason, opcode);
  return op.INVALID;
}

function badStack(opcode: u32, entry: u64, height: u32): u32 {
  if (leastHeight(entry) == UNDEFINED_HEIGHT) return failed(HALT_INVALID_OPCODE, opcode);
  return failed(height < leastHeight(entry) ? HALT_STACK_UNDERFLOW : HALT_STACK_OVERFLOW);
}
