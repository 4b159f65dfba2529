// The loop that runs a frame's operations until it stops, or calls. Gas and stack are checked once a block (blocks.ts);
// a block that fails its check is run by the careful form of the same loop, which checks every operation, as is code without
// a map of its blocks. The traced build knows the careful form alone, and reports each operation before it runs.
//
// The stack grows upwards, `sp` is the address of its top word; binary operations leave their result one word below.
import { blockGas, blockGreatestHeight, blockLeastHeight, blocksOf, isTarget } from "./blocks";
import {
  FRAME_ACCOUNT, FRAME_CALLER, FRAME_CODE, FRAME_GAS, FRAME_INPUT_SIZE, FRAME_PC, FRAME_SP, FRAME_STACK, FRAME_VALUE,
} from "./frame";
import { EXP_BYTE } from "./gas";
import { setHalt, workerHalt } from "./halt";
import * as copies from "./instructions/copies";
import * as environment from "./instructions/environment";
import * as storage from "./instructions/storage";
import {
  ACCOUNT_ADDRESS, BLOCK, BLOCK_BASE_FEE, BLOCK_BENEFICIARY, BLOCK_BLOB_BASE_FEE, BLOCK_CHAIN_ID, BLOCK_GAS_LIMIT,
  BLOCK_NUMBER, BLOCK_PREV_RANDAO, BLOCK_TIMESTAMP, CODE_BYTES, CODE_SIZE, HALT_INVALID_JUMP,
  HALT_INVALID_OPCODE, HALT_OUT_OF_GAS, HALT_STACK_OVERFLOW, HALT_STACK_UNDERFLOW, TRANSACTION, TX_GAS_PRICE, TX_ORIGIN, workerArena,
} from "./layout";
import { bounded, reachMemory, workerFrame, workerMemory, workerMemorySize } from "./memory";
import {
  entryOf, gasOf, greatestHeight, leastHeight, UNDEFINED_HEIGHT,
} from "./opcode-table";
import * as op from "./opcodes";
import { workerReturnSize } from "./return-data";
import { poll, workerVoid } from "./run-state";
import { reportStep, TRACED } from "./trace";
import { add, subtract } from "./words/addition";
import { and, byteOf, countLeadingZeros, not, or, signExtend, xor } from "./words/bits";
import { readAddress, readWord, writeWord } from "./words/bytes";
import { divide, divideSigned, modulo, moduloSigned } from "./words/division";
import { exponentiate } from "./words/exponentiation";
import { addModulo, multiplyModulo } from "./words/modular";
import { multiply } from "./words/multiplication";
import { shiftLeft, shiftRight, shiftRightSigned } from "./words/shifts";
import { byteLength, copyWord, isBelow, isEqual, isSignedBelow, isZero, setSmall } from "./words/word";

/** What may be spent before a jump, or an operation of the careful form, asks again whether the run is still wanted. */
const GAS_PER_POLL: i64 = 15_000;
/** No operation: the frame stands before a block that it cannot enter. */
const BLOCK_REFUSED: u32 = 256;

/**
 * Runs the frame that was entered, from where it stands, which is where a block begins. Returns the operation at which it
 * stands now: STOP, RETURN, REVERT and SELFDESTRUCT are done with it, calls and creations wait for their operands to be
 * taken, INVALID means that it failed: `workerHalt` says why.
 */
export function interpret(): u32 {
  if (TRACED) return interpretCarefully();
  const blocks = blocksOf(load<u32>(workerFrame, FRAME_CODE));
  if (blocks == 0) return interpretCarefully();
  const outcome = interpretBlocks(blocks);
  return outcome == BLOCK_REFUSED ? interpretCarefully() : outcome;
}

function interpretBlocks(blocks: usize): u32 {
  return run(false, blocks);
}

function interpretCarefully(): u32 {
  return run(true, 0);
}

@inline
function run(careful: bool, blocks: usize): u32 {
  const frame = workerFrame;
  const code: usize = load<u32>(frame, FRAME_CODE);
  const start: usize = load<u32>(code, CODE_BYTES);
  const size: u64 = load<u32>(code, CODE_SIZE);
  const stack: usize = load<u32>(frame, FRAME_STACK);
  let pc: usize = load<u32>(frame, FRAME_PC);
  let sp: usize = load<u32>(frame, FRAME_SP);
  let gas = load<i64>(frame, FRAME_GAS);
  let pollAt = below(gas);
  if (!careful && load<u8>(pc) != op.JUMPDEST) {
    const block = load<u64>(blocks + ((pc - start) << 3));
    gas -= blockGas(block);
    if (cannotEnter(block, gas, sp - stack)) return leave(BLOCK_REFUSED, pc, sp, gas + blockGas(block));
  }
  while (true) {
    const opcode: u32 = load<u8>(pc);
    if (TRACED) {
      if (size != 0 && !reportStep(pc - start, opcode, sp, gas)) return failed(workerVoid);
    }
    if (careful) {
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
    switch (opcode) {
      case op.STOP: return leave(op.STOP, pc, sp, gas);
      case op.ADD: { sp -= 32; add(sp, sp + 32, sp); break; }
      case op.MUL: { sp -= 32; multiply(sp, sp + 32, sp); break; }
      case op.SUB: { sp -= 32; subtract(sp, sp + 32, sp); break; }
      case op.DIV: { sp -= 32; divide(sp, sp + 32, sp); break; }
      case op.SDIV: { sp -= 32; divideSigned(sp, sp + 32, sp); break; }
      case op.MOD: { sp -= 32; modulo(sp, sp + 32, sp); break; }
      case op.SMOD: { sp -= 32; moduloSigned(sp, sp + 32, sp); break; }
      case op.ADDMOD: { sp -= 64; addModulo(sp, sp + 64, sp + 32, sp); break; }
      case op.MULMOD: { sp -= 64; multiplyModulo(sp, sp + 64, sp + 32, sp); break; }
      case op.EXP: {
        sp -= 32;
        gas -= i64(byteLength(sp)) * EXP_BYTE;
        if (gas < 0) return failed(HALT_OUT_OF_GAS);
        exponentiate(sp, sp + 32, sp);
        break;
      }
      case op.SIGNEXTEND: { sp -= 32; signExtend(sp, sp + 32, sp); break; }
      case op.LT: { sp -= 32; setSmall(sp, u64(isBelow(sp + 32, sp))); break; }
      case op.GT: { sp -= 32; setSmall(sp, u64(isBelow(sp, sp + 32))); break; }
      case op.SLT: { sp -= 32; setSmall(sp, u64(isSignedBelow(sp + 32, sp))); break; }
      case op.SGT: { sp -= 32; setSmall(sp, u64(isSignedBelow(sp, sp + 32))); break; }
      case op.EQ: { sp -= 32; setSmall(sp, u64(isEqual(sp, sp + 32))); break; }
      case op.ISZERO: { setSmall(sp, u64(isZero(sp))); break; }
      case op.AND: { sp -= 32; and(sp, sp + 32, sp); break; }
      case op.OR: { sp -= 32; or(sp, sp + 32, sp); break; }
      case op.XOR: { sp -= 32; xor(sp, sp + 32, sp); break; }
      case op.NOT: { not(sp, sp); break; }
      case op.BYTE: { sp -= 32; byteOf(sp, sp + 32, sp); break; }
      case op.SHL: { sp -= 32; shiftLeft(sp, sp + 32, sp); break; }
      case op.SHR: { sp -= 32; shiftRight(sp, sp + 32, sp); break; }
      case op.SAR: { sp -= 32; shiftRightSigned(sp, sp + 32, sp); break; }
      case op.CLZ: { countLeadingZeros(sp, sp); break; }
      case op.KECCAK256: { gas = copies.keccak(sp, gas); sp -= 32; if (gas < 0) return failed(workerHalt); break; }

      case op.ADDRESS: { sp += 32; readAddress(sp, <usize>load<u32>(frame, FRAME_ACCOUNT) + ACCOUNT_ADDRESS); break; }
      case op.BALANCE: { gas = environment.balance(sp, gas); if (gas < 0) return failed(workerHalt); break; }
      case op.ORIGIN: { sp += 32; readAddress(sp, workerArena + TRANSACTION + TX_ORIGIN); break; }
      case op.CALLER: { sp += 32; readAddress(sp, <usize>load<u32>(frame, FRAME_CALLER) + ACCOUNT_ADDRESS); break; }
      case op.CALLVALUE: { sp += 32; copyWord(sp, frame + FRAME_VALUE); break; }
      case op.CALLDATALOAD: { copies.callDataLoad(sp); break; }
      case op.CALLDATASIZE: { sp += 32; setSmall(sp, load<u32>(frame, FRAME_INPUT_SIZE)); break; }
      case op.CALLDATACOPY: {
        gas = copies.callDataCopy(sp, gas);
        sp -= 96;
        if (gas < 0) return failed(workerHalt);
        break;
      }
      case op.CODESIZE: { sp += 32; setSmall(sp, size); break; }
      case op.CODECOPY: { gas = copies.codeCopy(sp, gas); sp -= 96; if (gas < 0) return failed(workerHalt); break; }
      case op.GASPRICE: { sp += 32; copyWord(sp, workerArena + TRANSACTION + TX_GAS_PRICE); break; }
      case op.EXTCODESIZE: { gas = environment.extCodeSize(sp, gas); if (gas < 0) return failed(workerHalt); break; }
      case op.EXTCODECOPY: { gas = copies.extCodeCopy(sp, gas); sp -= 128; if (gas < 0) return failed(workerHalt); break; }
      case op.RETURNDATASIZE: { sp += 32; setSmall(sp, workerReturnSize); break; }
      case op.RETURNDATACOPY: {
        gas = copies.returnDataCopy(sp, gas);
        sp -= 96;
        if (gas < 0) return failed(workerHalt);
        break;
      }
      case op.EXTCODEHASH: { gas = environment.extCodeHash(sp, gas); if (gas < 0) return failed(workerHalt); break; }
      case op.BLOCKHASH: { gas = environment.blockHash(sp, gas); if (gas < 0) return failed(workerHalt); break; }
      case op.COINBASE: { sp += 32; readAddress(sp, workerArena + BLOCK + BLOCK_BENEFICIARY); break; }
      case op.TIMESTAMP: { sp += 32; setSmall(sp, load<u64>(workerArena + BLOCK, BLOCK_TIMESTAMP)); break; }
      case op.NUMBER: { sp += 32; setSmall(sp, load<u64>(workerArena + BLOCK, BLOCK_NUMBER)); break; }
      case op.PREVRANDAO: { sp += 32; readWord(sp, workerArena + BLOCK + BLOCK_PREV_RANDAO); break; }
      case op.GASLIMIT: { sp += 32; setSmall(sp, load<u64>(workerArena + BLOCK, BLOCK_GAS_LIMIT)); break; }
      case op.CHAINID: { sp += 32; copyWord(sp, workerArena + BLOCK + BLOCK_CHAIN_ID); break; }
      case op.SELFBALANCE: {
        sp += 32;
        gas = environment.selfBalance(sp, gas);
        if (gas < 0) return failed(workerHalt);
        break;
      }
      case op.BASEFEE: { sp += 32; copyWord(sp, workerArena + BLOCK + BLOCK_BASE_FEE); break; }
      case op.BLOBHASH: { environment.blobHash(sp); break; }
      case op.BLOBBASEFEE: { sp += 32; copyWord(sp, workerArena + BLOCK + BLOCK_BLOB_BASE_FEE); break; }

      case op.POP: { sp -= 32; break; }
      case op.MLOAD: {
        const offset = bounded(sp);
        gas = reachMemory(offset, 32, gas);
        if (gas < 0) return failed(workerHalt);
        readWord(sp, workerMemory + usize(offset));
        break;
      }
      case op.MSTORE: {
        const offset = bounded(sp);
        gas = reachMemory(offset, 32, gas);
        if (gas < 0) return failed(workerHalt);
        writeWord(workerMemory + usize(offset), sp - 32);
        sp -= 64;
        break;
      }
      case op.MSTORE8: {
        const offset = bounded(sp);
        gas = reachMemory(offset, 1, gas);
        if (gas < 0) return failed(workerHalt);
        store<u8>(workerMemory + usize(offset), load<u8>(sp - 32));
        sp -= 64;
        break;
      }
      case op.SLOAD: { gas = storage.sload(sp, gas); if (gas < 0) return failed(workerHalt); break; }
      case op.SSTORE: {
        gas = storage.sstore(sp, gas);
        if (gas < 0) return failed(workerHalt);
        sp -= 64;
        pc++;
        if (!careful && load<u8>(pc) != op.JUMPDEST) {
          const block = load<u64>(blocks + ((pc - start) << 3));
          gas -= blockGas(block);
          if (cannotEnter(block, gas, sp - stack)) return leave(BLOCK_REFUSED, pc, sp, gas + blockGas(block));
        }
        continue;
      }
      case op.JUMP: {
        const target = bounded(sp);
        sp -= 32;
        if (target >= size || load<u8>(start + usize(target)) != op.JUMPDEST) return failed(HALT_INVALID_JUMP);
        if (careful) {
          if (!isTarget(code, usize(target))) return failed(HALT_INVALID_JUMP);
          pc = start + usize(target);
          continue;
        }
        const block = load<u64>(blocks + (usize(target) << 3));
        if (block == 0) return failed(HALT_INVALID_JUMP);
        pc = start + usize(target);
        if (gas < pollAt) {
          if (poll()) return failed(workerVoid);
          pollAt = below(gas);
        }
        gas -= blockGas(block);
        if (cannotEnter(block, gas, sp - stack)) return leave(BLOCK_REFUSED, pc, sp, gas + blockGas(block));
        break;
      }
      case op.JUMPI: {
        sp -= 64;
        if (!isZero(sp + 32)) {
          const target = bounded(sp + 64);
          if (target >= size || load<u8>(start + usize(target)) != op.JUMPDEST) return failed(HALT_INVALID_JUMP);
          if (careful) {
            if (!isTarget(code, usize(target))) return failed(HALT_INVALID_JUMP);
            pc = start + usize(target);
            continue;
          }
          const block = load<u64>(blocks + (usize(target) << 3));
          if (block == 0) return failed(HALT_INVALID_JUMP);
          pc = start + usize(target);
          if (gas < pollAt) {
            if (poll()) return failed(workerVoid);
            pollAt = below(gas);
          }
          gas -= blockGas(block);
          if (cannotEnter(block, gas, sp - stack)) return leave(BLOCK_REFUSED, pc, sp, gas + blockGas(block));
          break;
        }
        pc++;
        if (!careful && load<u8>(pc) != op.JUMPDEST) {
          const block = load<u64>(blocks + ((pc - start) << 3));
          gas -= blockGas(block);
          if (cannotEnter(block, gas, sp - stack)) return leave(BLOCK_REFUSED, pc, sp, gas + blockGas(block));
        }
        continue;
      }
      case op.PC: { sp += 32; setSmall(sp, u64(pc - start)); break; }
      case op.MSIZE: { sp += 32; setSmall(sp, workerMemorySize); break; }
      case op.GAS: {
        sp += 32;
        setSmall(sp, u64(gas));
        pc++;
        if (!careful && load<u8>(pc) != op.JUMPDEST) {
          const block = load<u64>(blocks + ((pc - start) << 3));
          gas -= blockGas(block);
          if (cannotEnter(block, gas, sp - stack)) return leave(BLOCK_REFUSED, pc, sp, gas + blockGas(block));
        }
        continue;
      }
      case op.JUMPDEST: {
        if (careful) break;
        const block = load<u64>(blocks + ((pc - start) << 3));
        gas -= blockGas(block);
        if (cannotEnter(block, gas, sp - stack)) return leave(BLOCK_REFUSED, pc, sp, gas + blockGas(block));
        break;
      }
      case op.TLOAD: { storage.tload(sp); break; }
      case op.TSTORE: { gas = storage.tstore(sp, gas); sp -= 64; if (gas < 0) return failed(workerHalt); break; }
      case op.MCOPY: { gas = copies.memoryCopy(sp, gas); sp -= 96; if (gas < 0) return failed(workerHalt); break; }

      case op.PUSH0: { sp += 32; setSmall(sp, 0); break; }
      case op.PUSH1: { sp += 32; setSmall(sp, load<u8>(pc, 1)); pc += 2; continue; }
      case op.PUSH2: { sp += 32; setSmall(sp, bswap<u16>(load<u16>(pc, 1))); pc += 3; continue; }
      case 0x63: { sp += 32; setSmall(sp, bswap<u32>(load<u32>(pc, 1))); pc += 5; continue; }
      case op.PUSH20: { sp += 32; readAddress(sp, pc + 1); pc += 21; continue; }
      case op.PUSH32: { sp += 32; readWord(sp, pc + 1); pc += 33; continue; }
      case 0x62: case 0x64: case 0x65: case 0x66: case 0x67: case 0x68: case 0x69: case 0x6a: case 0x6b:
      case 0x6c: case 0x6d: case 0x6e: case 0x6f: case 0x70: case 0x71: case 0x72: case 0x74: case 0x75:
      case 0x76: case 0x77: case 0x78: case 0x79: case 0x7a: case 0x7b: case 0x7c: case 0x7d: case 0x7e: {
        sp += 32;
        pushBytes(sp, pc, opcode - op.PUSH1 + 1);
        pc += usize(opcode - op.PUSH1 + 2);
        continue;
      }
      case 0x80: { sp += 32; dup(sp, 1); break; }
      case 0x81: { sp += 32; dup(sp, 2); break; }
      case 0x82: { sp += 32; dup(sp, 3); break; }
      case 0x83: { sp += 32; dup(sp, 4); break; }
      case 0x84: { sp += 32; dup(sp, 5); break; }
      case 0x85: { sp += 32; dup(sp, 6); break; }
      case 0x86: { sp += 32; dup(sp, 7); break; }
      case 0x87: { sp += 32; dup(sp, 8); break; }
      case 0x88: { sp += 32; dup(sp, 9); break; }
      case 0x89: { sp += 32; dup(sp, 10); break; }
      case 0x8a: { sp += 32; dup(sp, 11); break; }
      case 0x8b: { sp += 32; dup(sp, 12); break; }
      case 0x8c: { sp += 32; dup(sp, 13); break; }
      case 0x8d: { sp += 32; dup(sp, 14); break; }
      case 0x8e: { sp += 32; dup(sp, 15); break; }
      case 0x8f: { sp += 32; dup(sp, 16); break; }
      case 0x90: { swap(sp, 1); break; }
      case 0x91: { swap(sp, 2); break; }
      case 0x92: { swap(sp, 3); break; }
      case 0x93: { swap(sp, 4); break; }
      case 0x94: { swap(sp, 5); break; }
      case 0x95: { swap(sp, 6); break; }
      case 0x96: { swap(sp, 7); break; }
      case 0x97: { swap(sp, 8); break; }
      case 0x98: { swap(sp, 9); break; }
      case 0x99: { swap(sp, 10); break; }
      case 0x9a: { swap(sp, 11); break; }
      case 0x9b: { swap(sp, 12); break; }
      case 0x9c: { swap(sp, 13); break; }
      case 0x9d: { swap(sp, 14); break; }
      case 0x9e: { swap(sp, 15); break; }
      case 0x9f: { swap(sp, 16); break; }
      case op.LOG0: case op.LOG0 + 1: case op.LOG0 + 2: case op.LOG0 + 3: case op.LOG4: {
        gas = copies.log(sp, gas, opcode - op.LOG0);
        if (gas < 0) return failed(workerHalt);
        sp -= 64 + (usize(opcode - op.LOG0) << 5);
        break;
      }
      case op.CREATE:
      case op.CALL:
      case op.CALLCODE:
      case op.DELEGATECALL:
      case op.CREATE2:
      case op.STATICCALL:
        return leave(opcode, pc, sp, gas);
      case op.RETURN:
      case op.REVERT: {
        gas = copies.setOutput(sp, gas);
        if (gas < 0) return failed(workerHalt);
        return leave(opcode, pc, sp, gas);
      }
      case op.SELFDESTRUCT:
        return leave(op.SELFDESTRUCT, pc, sp, gas);
      default:
        return failed(HALT_INVALID_OPCODE, opcode);
    }
    pc++;
  }
}

@inline
function cannotEnter(block: u64, gas: i64, height: usize): bool {
  return gas < 0 || u32(height) < blockLeastHeight(block) || u32(height) > blockGreatestHeight(block);
}

/** The gas left below which it is time to ask again. */
@inline
function below(gas: i64): i64 {
  return gas > GAS_PER_POLL ? gas - GAS_PER_POLL : 0;
}

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

/** A push of `count` bytes: the 32 that end with the last one, without those before the first. */
function pushBytes(sp: usize, pc: usize, count: u32): void {
  readWord(sp, pc + usize(count) - 31);
  const limb = sp + (usize(count >> 3) << 3);
  const bits = u64(count & 7) << 3;
  store<u64>(limb, load<u64>(limb) & ((u64(1) << bits) - 1));
  for (let above = limb + 8; above < sp + 32; above += 8) store<u64>(above, 0);
}

@inline
function dup(sp: usize, depth: usize): void {
  copyWord(sp, sp - 32 * depth);
}

@inline
function swap(sp: usize, depth: usize): void {
  const other = sp - 32 * depth;
  const low = v128.load(sp);
  const high = v128.load(sp, 16);
  copyWord(sp, other);
  v128.store(other, low);
  v128.store(other, high, 16);
}
