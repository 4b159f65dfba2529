// One message and all that it calls.
import { accountAt, isOccupied, resetAccounts, warmAccount } from "./accounts";
import { owns } from "./balances";
import { call, startCall } from "./calls";
import { trimCodes } from "./code";
import { create, openCreation, startCreation } from "./creates";
import { delegateOf } from "./delegation";
import {
  FRAME_ACCOUNT, FRAME_CALL, FRAME_CALLER, FRAME_GAS, FRAME_INPUT, FRAME_INPUT_SIZE, FRAME_IS_STATIC, FRAME_KIND,
  FRAME_MEMORY, FRAME_OUTPUT_OFFSET, FRAME_OUTPUT_SIZE, FRAME_VALUE, pushFrame, resetFrames,
} from "./frame";
import { setHalt } from "./halt";
import { selfDestruct } from "./instructions/self-destruct";
import { interpret } from "./interpreter";
import { resetJournal } from "./journal";
import {
  HALT_COLLISION, HALT_INSUFFICIENT_BALANCE, HALT_NONE, MESSAGE, MESSAGE_CALLER, MESSAGE_CREATE, MESSAGE_GAS,
  MESSAGE_INPUT, MESSAGE_INPUT_SIZE, MESSAGE_KIND, MESSAGE_TO, MESSAGE_VALUE, RESULT, RESULT_HALT, workerArena,
} from "./layout";
import { resetLogs } from "./logs";
import { enterFrame } from "./memory";
import * as op from "./opcodes";
import { finishFrame, writeResult } from "./outcomes";
import { resetRecords } from "./records";
import { clearReturnData, setReturnData } from "./return-data";
import { beginRun, workerVoid } from "./run-state";
import { resetSlots } from "./slots";
import { reportCollision, reportPaid, TRACED } from "./trace";
import { copyWord } from "./words/word";

/**
 * Forgets the run before: accounts, slots, warm addresses, logs, refund. Call before anything of the next one, be it a
 * transaction, a call or a system call.
 */
export function resetRun(): void {
  beginRun();
  trimCodes();
  resetRecords();
  resetFrames();
  resetJournal();
  resetAccounts();
  resetSlots();
  resetLogs();
}

/**
 * Runs the message in MESSAGE, in the block of BLOCK and the transaction of TRANSACTION's head, and writes RESULT; returns
 * RESULT_HALT. The value moves from caller to recipient inside of it, and whatever it changed is taken back unless the
 * halt is HALT_NONE. The caller's nonce is no part of it: step it before. Nor is warming the caller, the recipient or the
 * beneficiary; precompiles are always warm, and a delegate and a new contract become so here. `workerRefund` and the logs
 * hold what is left of it. From HALT_ABANDONED on nothing else holds.
 */
export function runMessage(): u32 {
  setHalt(HALT_NONE);
  clearReturnData();
  let frame = load<u32>(workerArena + MESSAGE, MESSAGE_KIND) == MESSAGE_CREATE ? openCreateMessage() : openCallMessage();
  while (frame != 0 && !workerVoid) {
    enterFrame(frame);
    frame = goOn(frame);
  }
  if (workerVoid) writeResult(0, workerVoid);
  return load<u32>(workerArena + RESULT, RESULT_HALT);
}

/** Runs `frame` until another has to run; returns that, 0 when the message is over or void. */
function goOn(frame: usize): usize {
  let outcome = interpret();
  switch (outcome) {
    case op.CALL:
    case op.CALLCODE:
    case op.DELEGATECALL:
    case op.STATICCALL: {
      const next = call(frame, outcome);
      if (next != 0) return next;
      outcome = op.INVALID;
      break;
    }
    case op.CREATE:
    case op.CREATE2: {
      const next = create(frame, outcome);
      if (next != 0) return next;
      outcome = op.INVALID;
      break;
    }
    case op.SELFDESTRUCT: {
      if (selfDestruct(frame) < 0) outcome = op.INVALID;
      break;
    }
  }
  if (workerVoid) return 0;
  if (TRACED) {
    if (outcome != op.INVALID) reportPaid(load<i64>(frame, FRAME_GAS));
  }
  takeOutput(frame, outcome);
  return workerVoid ? 0 : finishFrame(frame, outcome);
}

function takeOutput(frame: usize, outcome: u32): void {
  const size: usize = load<u32>(frame, FRAME_OUTPUT_SIZE);
  if ((outcome != op.RETURN && outcome != op.REVERT) || size == 0) return clearReturnData();
  setReturnData(<usize>load<u32>(frame, FRAME_MEMORY) + <usize>load<u32>(frame, FRAME_OUTPUT_OFFSET), size);
}

/** The frame of a call, 0 when it is over already. */
function openCallMessage(): usize {
  const message = workerArena + MESSAGE;
  const target = accountAt(message + MESSAGE_TO);
  const caller = accountAt(message + MESSAGE_CALLER);
  if (!owns(caller, message + MESSAGE_VALUE)) return refuseMessage(HALT_INSUFFICIENT_BALANCE, true);
  const delegate = delegateOf(target);
  if (delegate != 0) warmAccount(delegate);
  const frame = pushFrame(0, 0);
  if (frame == 0) return 0;
  store<u32>(frame, FRAME_CALL, FRAME_KIND);
  store<u32>(frame, u32(target), FRAME_ACCOUNT);
  store<u32>(frame, load<u32>(message, MESSAGE_INPUT), FRAME_INPUT);
  store<u32>(frame, load<u32>(message, MESSAGE_INPUT_SIZE), FRAME_INPUT_SIZE);
  store<u32>(frame, 0, FRAME_IS_STATIC);
  fillIn(frame, caller);
  return startCall(frame, target) ? frame : 0;
}

/** The frame of a creation, 0 when it is over already. */
function openCreateMessage(): usize {
  const message = workerArena + MESSAGE;
  const created = accountAt(message + MESSAGE_TO);
  const caller = accountAt(message + MESSAGE_CALLER);
  if (!owns(caller, message + MESSAGE_VALUE)) return refuseMessage(HALT_INSUFFICIENT_BALANCE, true);
  warmAccount(created);
  if (isOccupied(created)) {
    if (TRACED) {
      const input: usize = load<u32>(message, MESSAGE_INPUT), size = load<u32>(message, MESSAGE_INPUT_SIZE);
      reportCollision(0, caller, created, message + MESSAGE_VALUE, input, size, load<i64>(message, MESSAGE_GAS));
    }
    return refuseMessage(HALT_COLLISION, false);
  }
  const frame = openCreation(0, created, load<u32>(message, MESSAGE_INPUT), load<u32>(message, MESSAGE_INPUT_SIZE));
  if (frame == 0) return 0;
  fillIn(frame, caller);
  startCreation(frame);
  return frame;
}

function fillIn(frame: usize, caller: usize): void {
  const message = workerArena + MESSAGE;
  store<u32>(frame, u32(caller), FRAME_CALLER);
  copyWord(frame + FRAME_VALUE, message + MESSAGE_VALUE);
  store<i64>(frame, load<i64>(message, MESSAGE_GAS), FRAME_GAS);
}

function refuseMessage(reason: u32, keepsGas: bool): usize {
  writeResult(keepsGas ? load<i64>(workerArena + MESSAGE, MESSAGE_GAS) : 0, reason);
  return 0;
}
