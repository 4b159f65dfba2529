// Runs the core's transactions one after another for as long as nothing needs the host: what the scheduler hands out is
// read, run and published here, or by the core itself where it is a plain transfer.
import { TASK_NONE, TASK_STOP, TRANSFER_OTHER, TRANSFER_OVER } from "../answers";
import { OUTCOME_EXECUTED } from "../layout";
import {
  abandonRun, currentRow, describe, finishRun, forgetRun, giveBackClaim, isFinalRun, next, noteWant, runTransfer,
} from "./core";
import { placeResult, workerResultSize } from "./core-result";
import { handOverWrites, placeAmount } from "./core-writes";
import { HOST_FAILED, loadAccountBase, now } from "./host";
import { HALT_NONE, TRANSACTION, workerArena } from "./layout";
import { readPayload } from "./payload";
import { beginRun, hostFailed, starve, useCore, workerVoid } from "./run-state";
import { runTransaction } from "./transaction";
import { TX_FEE_CREDIT, TX_GAS_LIMIT, TX_GAS_USED } from "./transaction-record";
import { INVALID_FUNDS, VALID } from "./validity";
import { isZero } from "./words/word";

/** There was nothing to do for about 2 ms. */
export const CORE_IDLE: u32 = 1;
/** The block has ended. */
export const CORE_STOPPED: u32 = 2;
/** The host is to run the transaction of {@link heldTransaction}, which has begun; nothing of it is left in the run. */
export const CORE_FOR_HOST: u32 = 3;
/** The run of {@link heldTransaction} is void for the reason of {@link voidReason}. */
export const CORE_VOID: u32 = 4;
/** The memory of the instance is more than it was to keep. */
export const CORE_WORN: u32 = 5;
/** This run is over, and the next transaction is taken. */
const GOES_ON: u32 = 0;
/** What the run came to is in the block's memory, and is to be published. */
const IS_PLACED: u32 = 6;

let workerTx: i32 = 0;
let workerTime: f64 = 0;
/** Whether a run is under way that holds no lock and has shown nothing. */
let workerIsRunning: bool = false;
/** What the run came to, in the core's memory. */
let workerResult: usize = 0;
/** 0: nothing is owed. */
let workerFee: usize = 0;

/** Runs transactions until one of CORE_*. Between them memory may be `keptBytes` large. */
export function runOnCore(keptBytes: u32): u32 {
  useCore(true);
  workerIsRunning = false;
  workerTime = now();
  let ending = GOES_ON;
  while (ending == GOES_ON) ending = u32(memory.size()) > keptBytes >> 16 ? CORE_WORN : takeNext();
  if (ending == CORE_WORN) giveBackClaim(workerTime);
  useCore(false);
  return ending;
}

/** The transaction that the host is to go on with. */
export function heldTransaction(): i32 {
  return workerTx;
}

/** HALT_*, from HALT_ABANDONED on. */
export function voidReason(): u32 {
  return workerVoid;
}

/** After a trap: whether it ended a run alone. Else this thread may hold locks, and must end. */
export function endsRunAlone(): bool {
  useCore(false);
  return workerIsRunning;
}

function takeNext(): u32 {
  workerTx = next(workerTime);
  if (workerTx == TASK_STOP) return CORE_STOPPED;
  if (workerTx == TASK_NONE) return CORE_IDLE;
  beginRun();
  const step = asTransfer();
  if (workerVoid != HALT_NONE) return CORE_VOID;
  if (step != TRANSFER_OTHER) return GOES_ON;
  workerIsRunning = true;
  const ending = runIt();
  workerIsRunning = false;
  if (ending != IS_PLACED) return ending;
  const gasUsed = f64(load<u64>(workerArena + TRANSACTION, TX_GAS_USED));
  workerTime = now();
  finishRun(OUTCOME_EXECUTED, gasUsed, workerFee, workerResult, workerResultSize, workerTime);
  return GOES_ON;
}

/** Lets the core run what is a plain transfer. */
function asTransfer(): usize {
  while (true) {
    workerTime = now();
    const step = runTransfer(workerTime);
    if (step == TRANSFER_OTHER || step == TRANSFER_OVER) return step;
    if (loadAccountBase(step) != HOST_FAILED) continue;
    hostFailed();
    return step;
  }
}

function runIt(): u32 {
  if (!readPayload(currentRow(), workerTx)) return workerVoid == HALT_NONE ? CORE_FOR_HOST : CORE_VOID;
  if (!describe(f64(load<u64>(workerArena + TRANSACTION, TX_GAS_LIMIT)))) {
    abandonRun(workerTime);
    return GOES_ON;
  }
  const validity = runTransaction();
  if (workerVoid != HALT_NONE) return CORE_VOID;
  if (validity == INVALID_FUNDS && !isFinalRun()) {
    noteWant(currentRow()); // somebody below may be about to pay the sender
    abandonRun(workerTime);
    return GOES_ON;
  }
  if (validity != VALID) {
    forgetRun(); // the host has the words for what is wrong with it
    return CORE_FOR_HOST;
  }
  if (placeOutcome()) return IS_PLACED;
  starve();
  return CORE_VOID;
}

function placeOutcome(): bool {
  if (!handOverWrites(workerTx)) return false;
  workerResult = placeResult();
  const credit = workerArena + TRANSACTION + TX_FEE_CREDIT;
  workerFee = isZero(credit) ? 0 : placeAmount(credit);
  return workerResult != 0 && (workerFee != 0 || isZero(credit));
}
