// CALL, CALLCODE, DELEGATECALL and STATICCALL: what they cost, and the frame that they open.
import { accountOf, touchAccount, warmAccount } from "./accounts";
import { credit, debit, isEmptyAccount, owns } from "./balances";
import { openCheckpoint } from "./checkpoints";
import { codeToRun, delegateOf } from "./delegation";
import {
  DEPTH_LIMIT, FRAME_ACCOUNT, FRAME_BORROW, FRAME_CALL, FRAME_CALLER, FRAME_CODE, FRAME_DEPTH, FRAME_GAS, FRAME_INPUT, FRAME_INPUT_SIZE,
  FRAME_IS_STATIC, FRAME_KIND, FRAME_PC, FRAME_RETURN_OFFSET, FRAME_RETURN_SIZE, FRAME_SP, FRAME_VALUE, pushFrame,
} from "./frame";
import { CALL_STIPEND, CALL_VALUE, COLD_ACCOUNT, COLD_ACCOUNT_EXTRA, NEW_ACCOUNT, WARM_ACCESS } from "./gas";
import { halt, outOfGas } from "./halt";
import { ACCOUNT_ADDRESS, CODE_BYTES, HALT_WRITE_PROTECTION, workerArena, ZERO_WORD } from "./layout";
import { bounded, reachMemory, workerMemory } from "./memory";
import * as op from "./opcodes";
import { finishFrame } from "./outcomes";
import { precompileAt, runPrecompile } from "./precompiles";
import { clearReturnData } from "./return-data";
import { poll, workerVoid } from "./run-state";
import { reportFrame, reportPaid, TRACED } from "./trace";
import { copyWord, isZero, saturated, setSmall } from "./words/word";

/**
 * Runs the call at which `frame` stands, up to where a frame has to run. Returns that: the callee's, or `frame` again when
 * the call is over already; 0 when `frame` itself fails by it.
 */
export function call(frame: usize, opcode: u32): usize {
  if (poll()) return 0;
  const sp: usize = load<u32>(frame, FRAME_SP);
  const isValued = opcode == op.CALL || opcode == op.CALLCODE;
  const value = isValued ? sp - 64 : workerArena + ZERO_WORD;
  const ranges = isValued ? sp - 96 : sp - 64;
  const target = accountOf(sp - 32);
  let gas = payForCall(frame, opcode, target, value, ranges);
  if (gas < 0) return 0;
  let given = gas - (gas >> 6); // all but one 64th (EIP-150)
  const wanted = saturated(sp);
  if (wanted < u64(given)) given = i64(wanted);
  gas -= given;
  if (TRACED) reportPaid(gas);
  if (!isZero(value)) given += CALL_STIPEND;
  clearReturnData();
  store<u32>(frame, load<u32>(frame, FRAME_PC) + 1, FRAME_PC);
  store<u32>(frame, u32(ranges - 96), FRAME_SP);
  store<i64>(frame, gas, FRAME_GAS);
  store<u32>(frame, u32(bounded(ranges - 64)), FRAME_RETURN_OFFSET);
  store<u32>(frame, u32(bounded(ranges - 96)), FRAME_RETURN_SIZE);
  if (load<u32>(frame, FRAME_DEPTH) >= DEPTH_LIMIT || !owns(load<u32>(frame, FRAME_ACCOUNT), value)) {
    return refuse(frame, ranges - 96, given);
  }
  const callee = openCallee(frame, opcode, target, value);
  if (callee == 0) return 0;
  store<i64>(callee, given, FRAME_GAS);
  const inputSize = u32(bounded(ranges - 32));
  store<u32>(callee, u32(workerMemory) + (inputSize == 0 ? 0 : u32(bounded(ranges))), FRAME_INPUT);
  store<u32>(callee, inputSize, FRAME_INPUT_SIZE);
  if (startCall(callee, target)) return callee;
  return workerVoid ? 0 : frame;
}

/**
 * Moves the callee's value and finds what it runs. False: it is over already, and its caller has got its outcome. Its
 * frame is complete but for code and pc.
 */
export function startCall(frame: usize, target: usize): bool {
  if (TRACED) reportFrame(frame, target + ACCOUNT_ADDRESS, load<u32>(frame, FRAME_INPUT), load<u32>(frame, FRAME_INPUT_SIZE));
  openCheckpoint(frame);
  const account: usize = load<u32>(frame, FRAME_ACCOUNT);
  if (load<u32>(frame, FRAME_KIND) == FRAME_CALL) moveValue(load<u32>(frame, FRAME_CALLER), account, frame + FRAME_VALUE);
  const precompile = precompileAt(target + ACCOUNT_ADDRESS);
  if (precompile != 0) {
    const succeeded = runPrecompile(frame, precompile);
    if (!workerVoid) finishFrame(frame, succeeded ? op.STOP : op.INVALID);
    return false;
  }
  const code = codeToRun(target);
  if (workerVoid) return false;
  if (code == 0) {
    finishFrame(frame, op.STOP);
    return false;
  }
  store<u32>(frame, u32(code), FRAME_CODE);
  store<u32>(frame, load<u32>(code, CODE_BYTES), FRAME_PC);
  return true;
}

/** The call or creation at which `frame` stands comes to nothing, and its gas comes back. */
export function refuse(frame: usize, result: usize, given: i64): usize {
  setSmall(result, 0);
  store<i64>(frame, load<i64>(frame, FRAME_GAS) + given, FRAME_GAS);
  return frame;
}

/** Moves the word at `value`, which `from` owns. Nothing moved touches the recipient all the same (EIP-161). */
export function moveValue(from: usize, to: usize, value: usize): void {
  if (isZero(value)) return touchAccount(to);
  debit(from, value);
  credit(to, value);
}

/** The gas left when all but the callee's is paid. */
function payForCall(frame: usize, opcode: u32, target: usize, value: usize, ranges: usize): i64 {
  let gas = load<i64>(frame, FRAME_GAS);
  const movesValue = !isZero(value);
  if (opcode == op.CALL && movesValue && load<u32>(frame, FRAME_IS_STATIC)) return halt(HALT_WRITE_PROTECTION);
  gas = reachMemory(bounded(ranges), bounded(ranges - 32), gas);
  if (gas < 0) return gas;
  gas = reachMemory(bounded(ranges - 64), bounded(ranges - 96), gas);
  if (gas < 0) return gas;
  if (!warmAccount(target)) gas -= COLD_ACCOUNT_EXTRA;
  if (movesValue) gas -= CALL_VALUE;
  if (gas < 0) return outOfGas(); // before anything of the target is read, as EIP-7928 will have it
  const delegate = delegateOf(target);
  if (workerVoid) return halt(workerVoid);
  if (delegate != 0) gas -= warmAccount(delegate) ? WARM_ACCESS : COLD_ACCOUNT;
  if (gas < 0) return outOfGas();
  if (movesValue && opcode == op.CALL && isEmptyAccount(target)) gas -= NEW_ACCOUNT;
  return gas < 0 ? outOfGas() : gas;
}

function openCallee(frame: usize, opcode: u32, target: usize, value: usize): usize {
  const callee = pushFrame(frame, 0);
  if (callee == 0) return 0;
  const isOwn = opcode == op.CALLCODE || opcode == op.DELEGATECALL;
  const isDelegate = opcode == op.DELEGATECALL;
  store<u32>(callee, isOwn ? FRAME_BORROW : FRAME_CALL, FRAME_KIND);
  store<u32>(callee, isOwn ? load<u32>(frame, FRAME_ACCOUNT) : u32(target), FRAME_ACCOUNT);
  store<u32>(callee, isDelegate ? load<u32>(frame, FRAME_CALLER) : load<u32>(frame, FRAME_ACCOUNT), FRAME_CALLER);
  copyWord(callee + FRAME_VALUE, isDelegate ? frame + FRAME_VALUE : value);
  store<u32>(callee, opcode == op.STATICCALL ? 1 : load<u32>(frame, FRAME_IS_STATIC), FRAME_IS_STATIC);
  return callee;
}
