// How an operation says that its frame is over: it returns negative gas, and here stands why.
import { HALT_OUT_OF_GAS } from "./layout";

/** HALT_* of the frame that ended last. */
export let workerHalt: u32 = 0;
/** The opcode of the last HALT_INVALID_OPCODE. */
export let workerHaltOpcode: u32 = 0;

/** Ends the frame with all its gas gone; to be returned as the gas left. */
export function halt(reason: u32): i64 {
  workerHalt = reason;
  return -1;
}

/** The same for the reason that is everywhere. */
export function outOfGas(): i64 {
  return halt(HALT_OUT_OF_GAS);
}

/** Notes how a frame ended. */
export function setHalt(reason: u32, opcode: u32 = 0): void {
  workerHalt = reason;
  workerHaltOpcode = opcode;
}
