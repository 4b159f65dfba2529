// SLOAD, SSTORE, TLOAD, TSTORE.
import { FRAME_ACCOUNT, FRAME_IS_STATIC } from "../frame";
import {
  COLD_SLOT, COLD_SLOT_EXTRA, SSTORE_CLEAR_REFUND, SSTORE_CLEAR_REFUND_BERLIN, SSTORE_RESET, SSTORE_SENTRY, SSTORE_SET,
  WARM_ACCESS,
} from "../gas";
import { halt, outOfGas } from "../halt";
import { addRefund } from "../journal";
import {
  BLOCK, BLOCK_FORK, FORK_LONDON, HALT_WRITE_PROTECTION, SLOT_BEFORE, SLOT_VALUE, workerArena,
} from "../layout";
import { workerFrame } from "../memory";
import { workerVoid } from "../run-state";
import { loadSlot, setSlot, setTransient, slotAt, transientValue, warmSlot } from "../slots";
import { reportStorage, TRACED } from "../trace";
import { copyWord, isEqual, isZero } from "../words/word";

/** SLOAD: `result` = the value of the slot `key` (EIP-2929). */
export function sload(result: usize, key: usize, gas: i64): i64 {
  const slot = slotAt(load<u32>(workerFrame, FRAME_ACCOUNT), key);
  if (!warmSlot(slot)) {
    gas -= COLD_SLOT_EXTRA;
    if (gas < 0) return outOfGas();
  }
  loadSlot(slot);
  if (TRACED) reportStorage(key, slot + SLOT_VALUE);
  copyWord(result, slot + SLOT_VALUE);
  return workerVoid ? halt(workerVoid) : gas;
}

/** SSTORE: sets the slot `key` to `value` (EIP-2200, EIP-2929, EIP-3529). */
export function sstore(key: usize, value: usize, gas: i64): i64 {
  if (load<u32>(workerFrame, FRAME_IS_STATIC)) return halt(HALT_WRITE_PROTECTION);
  if (gas <= SSTORE_SENTRY) return outOfGas();
  const slot = slotAt(load<u32>(workerFrame, FRAME_ACCOUNT), key);
  if (!warmSlot(slot)) gas -= COLD_SLOT;
  loadSlot(slot);
  gas -= priceOf(slot, value);
  if (gas < 0) return outOfGas();
  if (TRACED) reportStorage(key, value);
  refundFor(slot, value);
  setSlot(slot, value);
  return workerVoid ? halt(workerVoid) : gas;
}

/** TLOAD: `result` = the value of the transient slot `key` (EIP-1153). */
export function tload(result: usize, key: usize): void {
  const value = transientValue(load<u32>(workerFrame, FRAME_ACCOUNT), key);
  if (TRACED) reportStorage(key, value);
  copyWord(result, value);
}

/** TSTORE: key, value -> (EIP-1153). */
export function tstore(sp: usize, gas: i64): i64 {
  if (load<u32>(workerFrame, FRAME_IS_STATIC)) return halt(HALT_WRITE_PROTECTION);
  if (TRACED) reportStorage(sp, sp - 32);
  setTransient(load<u32>(workerFrame, FRAME_ACCOUNT), sp, sp - 32);
  return workerVoid ? halt(workerVoid) : gas;
}

function priceOf(slot: usize, value: usize): i64 {
  if (isEqual(slot + SLOT_VALUE, value) || !isEqual(slot + SLOT_VALUE, slot + SLOT_BEFORE)) return WARM_ACCESS;
  return isZero(slot + SLOT_BEFORE) ? SSTORE_SET : SSTORE_RESET;
}

function refundFor(slot: usize, value: usize): void {
  const current = slot + SLOT_VALUE;
  const before = slot + SLOT_BEFORE;
  if (isEqual(current, value)) return;
  if (!isZero(before)) {
    if (isZero(current)) addRefund(-clearRefund());
    if (isZero(value)) addRefund(clearRefund());
  }
  // What it is set back to was paid for when it first changed, which by now it has.
  if (isEqual(before, value)) addRefund((isZero(before) ? SSTORE_SET : SSTORE_RESET) - WARM_ACCESS);
}

function clearRefund(): i64 {
  const isLondon = load<u32>(workerArena + BLOCK, BLOCK_FORK) >= FORK_LONDON;
  return isLondon ? SSTORE_CLEAR_REFUND : SSTORE_CLEAR_REFUND_BERLIN;
}
