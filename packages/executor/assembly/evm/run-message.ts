// One message and all that it calls.
import { resetAccounts } from "./accounts";
import { trimCodes } from "./code";
import { resetJournal } from "./journal";
import { resetLogs } from "./logs";
import { resetRecords } from "./records";
import { beginRun } from "./run-state";
import { resetSlots } from "./slots";

/**
 * Forgets the run before: accounts, slots, warm addresses, logs, refund. Call before anything of the next one, be it a
 * transaction, a call or a system call.
 */
export function resetRun(): void {
  beginRun();
  trimCodes();
  resetRecords();
  resetJournal();
  resetAccounts();
  resetSlots();
  resetLogs();
}

/**
 * Runs the message in MESSAGE, in the block of BLOCK and the transaction of TRANSACTION's head, and writes RESULT; returns
 * RESULT_HALT. The value moves from caller to recipient inside of it, and whatever it changed is taken back unless the
 * halt is HALT_NONE. The caller's nonce is no part of it: step it before. Nor is warming the caller, the recipient, the
 * precompiles or the beneficiary. workerRefund and the logs hold what is left of it. From HALT_ABANDONED on nothing else
 * holds.
 */
export function runMessage(): u32 {
  return 0;
}
