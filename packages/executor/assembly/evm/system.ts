// What a block does outside of transactions: payments out of nothing, and calls of system contracts (EIP-4788, 2935,
// 7002, 7251). All of a block's start, and all of its end, is one run.
import { accountAt, firstAccount } from "./accounts";
import { credit } from "./balances";
import { codeOf } from "./code";
import {
  ACCOUNT_ADDRESS, ACCOUNT_FLAGS, ACCOUNT_NEXT, ACCOUNT_SLOTS, ACCOUNT_WARM, HALT_NONE, MESSAGE, MESSAGE_CALL,
  MESSAGE_CALLER, MESSAGE_GAS, MESSAGE_KIND, MESSAGE_SIZE, MESSAGE_TO, MESSAGE_VALUE, SLOT_FLAGS, SLOT_NEXT,
  SLOT_WARM, TRANSACTION, TX_HEAD_SIZE, TX_ORIGIN, workerArena,
} from "./layout";
import { precompileAt } from "./precompiles";
import { allocateBytes } from "./records";
import { resetRun, runMessage } from "./run-message";
import { workerVoid } from "./run-state";
import { resetTransient } from "./slots";
import { setSmall } from "./words/word";
import { settleWrites } from "./writes";

export const SYSTEM_CALL_DONE: u32 = 0;
/** There is no code at the address. */
export const SYSTEM_CALL_ABSENT: u32 = 1;

/** Of each call; counts against no block. */
const SYSTEM_CALL_GAS: u64 = 30000000;

/** Forgets the run before, and begins one of system operations. */
export function beginSystemRun(): void {
  resetRun();
  memory.fill(workerArena + TRANSACTION, 0, TX_HEAD_SIZE);
  memory.fill(workerArena + MESSAGE, 0, MESSAGE_SIZE);
}

/** Gives MESSAGE_VALUE to MESSAGE_TO; an amount of 0 makes no account (EIP-161). HALT_NONE, or why the run is void. */
export function payOut(): u32 {
  credit(accountAt(workerArena + MESSAGE + MESSAGE_TO), workerArena + MESSAGE + MESSAGE_VALUE);
  return workerVoid;
}

/** `size` bytes for the input of a system call. 0: there is no memory for them. */
export function reserveInput(size: u32): usize {
  return allocateBytes(size);
}

/**
 * Calls MESSAGE_TO with MESSAGE_INPUT in the name of the system address, which owns and pays nothing: SYSTEM_CALL_*
 * (RESULT holds when it is done), or from HALT_ABANDONED on why the run is void.
 */
export function runSystemCall(): u32 {
  const message = workerArena + MESSAGE;
  const contract = accountAt(message + MESSAGE_TO);
  const code = codeOf(contract);
  if (workerVoid != HALT_NONE) return workerVoid;
  if (code == 0) return SYSTEM_CALL_ABSENT;
  coolDown();
  writeSystemAddress(message + MESSAGE_CALLER);
  writeSystemAddress(workerArena + TRANSACTION + TX_ORIGIN);
  store<u64>(message, SYSTEM_CALL_GAS, MESSAGE_GAS);
  store<u32>(message, MESSAGE_CALL, MESSAGE_KIND);
  setSmall(message + MESSAGE_VALUE, 0);
  runMessage();
  return workerVoid != HALT_NONE ? workerVoid : SYSTEM_CALL_DONE;
}

/** Ends the run: its writes can be read. HALT_NONE, or why it is void. */
export function settleSystemRun(): u32 {
  settleWrites(0);
  return workerVoid;
}

/** Each call begins with everything cold but the precompiles, and without transient storage. */
function coolDown(): void {
  for (let account = firstAccount(); account != 0; account = load<u32>(account, ACCOUNT_NEXT)) {
    if (precompileAt(account + ACCOUNT_ADDRESS) == 0) {
      store<u32>(account, load<u32>(account, ACCOUNT_FLAGS) & ~ACCOUNT_WARM, ACCOUNT_FLAGS);
    }
    for (let slot: usize = load<u32>(account, ACCOUNT_SLOTS); slot != 0; slot = load<u32>(slot, SLOT_NEXT)) {
      store<u32>(slot, load<u32>(slot, SLOT_FLAGS) & ~SLOT_WARM, SLOT_FLAGS);
    }
  }
  resetTransient();
}

/** 0xffff…fffe. */
function writeSystemAddress(address: usize): void {
  memory.fill(address, 0xff, 20);
  store<u8>(address, 0xfe, 19);
}
