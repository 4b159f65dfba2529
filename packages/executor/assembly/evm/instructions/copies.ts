// Operations that read or write a stretch of memory: KECCAK256, the copies, LOGs, RETURN and REVERT.
import { keccak256 } from "../../keccak";
import { accountOf, warmAccount } from "../accounts";
import { codeOf } from "../code";
import {
  FRAME_ACCOUNT, FRAME_CODE, FRAME_INPUT, FRAME_INPUT_SIZE, FRAME_IS_STATIC, FRAME_OUTPUT_OFFSET, FRAME_OUTPUT_SIZE,
} from "../frame";
import { COLD_ACCOUNT_EXTRA, COPY_WORD, KECCAK_WORD, LOG_BYTE } from "../gas";
import { halt, outOfGas } from "../halt";
import {
  ACCOUNT_ADDRESS, CODE_BYTES, CODE_SIZE, HALT_RETURN_DATA_OUT_OF_BOUNDS, HALT_WRITE_PROTECTION, LOG_TOPICS,
} from "../layout";
import { addLog } from "../logs";
import { bounded, byWords, reachMemory, workerFrame, workerMemory } from "../memory";
import { returnData, workerReturnSize } from "../return-data";
import { workerVoid } from "../run-state";
import { readWord, writeWord } from "../words/bytes";
import { setSmall } from "../words/word";

/** KECCAK256: `result` = the hash of as much memory as the word at `length` says, from where that at `from` says. */
export function keccak(result: usize, from: usize, length: usize, gas: i64): i64 {
  const offset = bounded(from);
  const size = bounded(length);
  gas -= byWords(size, KECCAK_WORD);
  if (gas < 0) return outOfGas();
  gas = reachMemory(offset, size, gas);
  if (gas < 0) return gas;
  keccak256(result, workerMemory + usize(offset), usize(size));
  readWord(result, result);
  return gas;
}

/** CALLDATALOAD: `result` = the word of the input from where the word at `from` says, zeros behind the input's end. */
export function callDataLoad(result: usize, from: usize): void {
  const offset = bounded(from);
  const input: usize = load<u32>(workerFrame, FRAME_INPUT);
  const size: u64 = load<u32>(workerFrame, FRAME_INPUT_SIZE);
  if (offset + 32 <= size) return readWord(result, input + usize(offset));
  setSmall(result, 0);
  if (offset >= size) return;
  memory.copy(result, input + usize(offset), usize(size - offset));
  readWord(result, result);
}

/** CALLDATACOPY: target, offset, size -> */
export function callDataCopy(sp: usize, gas: i64): i64 {
  return copy(sp, gas, load<u32>(workerFrame, FRAME_INPUT), load<u32>(workerFrame, FRAME_INPUT_SIZE));
}

/** CODECOPY: target, offset, size -> */
export function codeCopy(sp: usize, gas: i64): i64 {
  const code: usize = load<u32>(workerFrame, FRAME_CODE);
  return copy(sp, gas, load<u32>(code, CODE_BYTES), load<u32>(code, CODE_SIZE));
}

/** EXTCODECOPY: address, target, offset, size -> */
export function extCodeCopy(sp: usize, gas: i64): i64 {
  const account = accountOf(sp);
  if (!warmAccount(account)) gas -= COLD_ACCOUNT_EXTRA;
  if (gas < 0) return outOfGas();
  const size = bounded(sp - 96);
  gas -= byWords(size, COPY_WORD);
  if (gas < 0) return outOfGas();
  gas = reachMemory(bounded(sp - 32), size, gas);
  if (gas < 0) return gas;
  const code = codeOf(account);
  if (workerVoid) return halt(workerVoid);
  const bytes: usize = code == 0 ? 0 : load<u32>(code, CODE_BYTES);
  const codeSize: usize = code == 0 ? 0 : load<u32>(code, CODE_SIZE);
  copyPadded(bounded(sp - 32), bytes, codeSize, bounded(sp - 64), size);
  return gas;
}

/** RETURNDATACOPY: target, offset, size -> (EIP-211: never beyond its end). */
export function returnDataCopy(sp: usize, gas: i64): i64 {
  const target = bounded(sp);
  const offset = bounded(sp - 32);
  const size = bounded(sp - 64);
  if (offset + size > u64(workerReturnSize)) return halt(HALT_RETURN_DATA_OUT_OF_BOUNDS);
  gas -= byWords(size, COPY_WORD);
  if (gas < 0) return outOfGas();
  gas = reachMemory(target, size, gas);
  if (gas < 0) return gas;
  if (size > 0) memory.copy(workerMemory + usize(target), returnData() + usize(offset), usize(size));
  return gas;
}

/** MCOPY: target, source, size -> (EIP-5656). */
export function memoryCopy(sp: usize, gas: i64): i64 {
  const target = bounded(sp);
  const source = bounded(sp - 32);
  const size = bounded(sp - 64);
  gas -= byWords(size, COPY_WORD);
  if (gas < 0) return outOfGas();
  gas = reachMemory(target > source ? target : source, size, gas);
  if (gas < 0) return gas;
  if (size > 0) memory.copy(workerMemory + usize(target), workerMemory + usize(source), usize(size));
  return gas;
}

/** LOG0 to LOG4: offset, size, topics -> */
export function log(sp: usize, gas: i64, topics: u32): i64 {
  if (load<u32>(workerFrame, FRAME_IS_STATIC)) return halt(HALT_WRITE_PROTECTION);
  const offset = bounded(sp);
  const size = bounded(sp - 32);
  gas -= i64(size) * LOG_BYTE;
  if (gas < 0) return outOfGas();
  gas = reachMemory(offset, size, gas);
  if (gas < 0) return gas;
  const account: usize = load<u32>(workerFrame, FRAME_ACCOUNT);
  const data = size == 0 ? workerMemory : workerMemory + usize(offset); // a copy of nothing from beyond memory traps
  const added = addLog(account + ACCOUNT_ADDRESS, topics, data, usize(size));
  if (added == 0) return halt(workerVoid);
  for (let index: usize = 0; index < usize(topics); index++) {
    writeWord(added + LOG_TOPICS + index * 32, sp - 64 - index * 32);
  }
  return gas;
}

/** RETURN and REVERT: offset, size -> the frame's output. */
export function setOutput(sp: usize, gas: i64): i64 {
  const offset = bounded(sp);
  const size = bounded(sp - 32);
  gas = reachMemory(offset, size, gas);
  if (gas < 0) return gas;
  store<u32>(workerFrame, size == 0 ? 0 : u32(offset), FRAME_OUTPUT_OFFSET);
  store<u32>(workerFrame, u32(size), FRAME_OUTPUT_SIZE);
  return gas;
}

function copy(sp: usize, gas: i64, bytes: usize, available: usize): i64 {
  const target = bounded(sp);
  const size = bounded(sp - 64);
  gas -= byWords(size, COPY_WORD);
  if (gas < 0) return outOfGas();
  gas = reachMemory(target, size, gas);
  if (gas < 0) return gas;
  copyPadded(target, bytes, available, bounded(sp - 32), size);
  return gas;
}

/** Copies into memory that is large enough, with zeros for what the source has not. */
function copyPadded(target: u64, bytes: usize, available: usize, offset: u64, size: u64): void {
  if (size == 0) return;
  const place = workerMemory + usize(target);
  const rest: u64 = offset < u64(available) ? u64(available) - offset : 0;
  const copied = usize(rest < size ? rest : size);
  if (copied > 0) memory.copy(place, bytes + usize(offset), copied);
  memory.fill(place + copied, 0, usize(size) - copied);
}
