// What becomes of a frame that is over.
import { setCode } from "./accounts";
import { revertFrame } from "./checkpoints";
import { makeCode } from "./code";
import {
  FRAME_ACCOUNT, FRAME_CREATE, FRAME_GAS, FRAME_KIND, FRAME_MEMORY, FRAME_PARENT, FRAME_RETURN_OFFSET, FRAME_RETURN_SIZE,
  FRAME_SP,
} from "./frame";
import { CODE_DEPOSIT } from "./gas";
import { setHalt, workerHalt, workerHaltOpcode } from "./halt";
import {
  ACCOUNT_ADDRESS, BLOCK, BLOCK_CODE_SIZE_LIMIT, BLOCK_FORK, FORK_LONDON, HALT_CODE_STORE_OUT_OF_GAS, HALT_CODE_TOO_LARGE,
  HALT_INVALID_CODE, HALT_NONE, HALT_REVERT, RESULT, RESULT_FIRST_LOG, RESULT_GAS_LEFT, RESULT_HALT, RESULT_LOG_COUNT,
  RESULT_OPCODE, RESULT_OUTPUT, RESULT_OUTPUT_SIZE, workerArena,
} from "./layout";
import { firstLog, logCount } from "./logs";
import * as op from "./opcodes";
import { clearReturnData, returnData, workerReturnSize } from "./return-data";
import { reportFrameEnd, TRACED } from "./trace";
import { readAddress } from "./words/bytes";
import { setSmall } from "./words/word";

/** The first byte that no new code may have (EIP-3541). */
const RESERVED_BYTE: u8 = 0xef;

/**
 * Ends `frame`, which stopped at `outcome` (see interpret) with its output as return data: keeps what it changed or takes
 * it back, and hands the outcome to its caller. Returns the caller, 0 when the message itself is over.
 */
export function finishFrame(frame: usize, outcome: u32): usize {
  let succeeded = outcome != op.REVERT && outcome != op.INVALID;
  if (outcome == op.REVERT) setHalt(HALT_REVERT);
  if (succeeded && load<u32>(frame, FRAME_KIND) == FRAME_CREATE) succeeded = depositCode(frame);
  if (!succeeded) {
    revertFrame(frame);
    if (workerHalt != HALT_REVERT) {
      store<i64>(frame, 0, FRAME_GAS);
      clearReturnData();
    }
  }
  if (TRACED) reportFrameEnd(frame, succeeded ? HALT_NONE : workerHalt, workerHaltOpcode);
  const caller: usize = load<u32>(frame, FRAME_PARENT);
  if (caller == 0) writeResult(load<i64>(frame, FRAME_GAS), succeeded ? HALT_NONE : workerHalt);
  else resume(caller, frame, succeeded);
  return caller;
}

/** Writes what the message came to. */
export function writeResult(gasLeft: i64, halt: u32): void {
  const result = workerArena + RESULT;
  store<i64>(result, gasLeft, RESULT_GAS_LEFT);
  store<u32>(result, halt, RESULT_HALT);
  store<u32>(result, workerHaltOpcode, RESULT_OPCODE);
  store<u32>(result, u32(returnData()), RESULT_OUTPUT);
  store<u32>(result, u32(workerReturnSize), RESULT_OUTPUT_SIZE);
  store<u32>(result, u32(firstLog()), RESULT_FIRST_LOG);
  store<u32>(result, logCount(), RESULT_LOG_COUNT);
}

/** Makes the return data the code of the new contract, or says why it cannot be. */
function depositCode(frame: usize): bool {
  const size = workerReturnSize;
  const block = workerArena + BLOCK;
  if (size > <usize>load<u32>(block, BLOCK_CODE_SIZE_LIMIT)) return refuseCode(HALT_CODE_TOO_LARGE);
  if (size == 0) return true;
  const isReserved = load<u8>(returnData()) == RESERVED_BYTE;
  if (isReserved && load<u32>(block, BLOCK_FORK) >= FORK_LONDON) return refuseCode(HALT_INVALID_CODE);
  const gas = load<i64>(frame, FRAME_GAS) - i64(size) * CODE_DEPOSIT;
  if (gas < 0) return refuseCode(HALT_CODE_STORE_OUT_OF_GAS);
  store<i64>(frame, gas, FRAME_GAS);
  const code = makeCode(returnData(), size);
  if (code != 0) setCode(load<u32>(frame, FRAME_ACCOUNT), code);
  return true;
}

function refuseCode(reason: u32): bool {
  setHalt(reason);
  return false;
}

function resume(caller: usize, frame: usize, succeeded: bool): void {
  const result: usize = load<u32>(caller, FRAME_SP);
  store<i64>(caller, load<i64>(caller, FRAME_GAS) + load<i64>(frame, FRAME_GAS), FRAME_GAS);
  if (load<u32>(frame, FRAME_KIND) == FRAME_CREATE) {
    if (!succeeded) return setSmall(result, 0);
    clearReturnData();
    return readAddress(result, <usize>load<u32>(frame, FRAME_ACCOUNT) + ACCOUNT_ADDRESS);
  }
  setSmall(result, u64(succeeded));
  const room: usize = load<u32>(caller, FRAME_RETURN_SIZE);
  const size = room < workerReturnSize ? room : workerReturnSize;
  const target = <usize>load<u32>(caller, FRAME_MEMORY) + <usize>load<u32>(caller, FRAME_RETURN_OFFSET);
  if (size > 0) memory.copy(target, returnData(), size);
}
