// What ends a whole run, whatever its frames would have made of it.
import { isUnwanted } from "./core";
import { HALT_ABANDONED, HALT_HOST_FAILED, HALT_NONE, HALT_OUT_OF_MEMORY, HALT_STARVED } from "./layout";
import { isAbandoned, now } from "./host";

/** Polls between two looks at the core: calls poll too, and a look takes the time of a cheap opcode or more. */
const POLLS_PER_LOOK: u32 = 8;

/** HALT_NONE, or why the run is void. Operations on state go on harmlessly; the interpreter asks and stops. */
export let workerVoid: u32 = 0;
/** Whether state is the core's, as the scheduler has it; else the host's. */
export let workerIsOnCore: bool = false;
let workerPolls: u32 = 0;

/** Begins a run that is not void. */
export function beginRun(): void {
  workerVoid = HALT_NONE;
  workerPolls = 0;
}

/** Says where state is. */
export function useCore(isOnCore: bool): void {
  workerIsOnCore = isOnCore;
}

/** Says that an import failed. */
export function hostFailed(): void {
  if (workerVoid == HALT_NONE) workerVoid = isAbandoned() ? HALT_ABANDONED : HALT_HOST_FAILED;
}

/** Says that memory is at its end. */
export function outOfMemory(): void {
  if (workerVoid == HALT_NONE) workerVoid = HALT_OUT_OF_MEMORY;
}

/** Says that the core's memory is at its end. */
export function starve(): void {
  if (workerVoid == HALT_NONE) workerVoid = HALT_STARVED;
}

/** Asks whether the run is still wanted; true ends it. */
export function poll(): bool {
  if (workerIsOnCore ? isUnwantedByCore() : isAbandoned()) workerVoid = HALT_ABANDONED;
  return workerVoid != HALT_NONE;
}

function isUnwantedByCore(): bool {
  return workerPolls++ % POLLS_PER_LOOK == 0 && isUnwanted(now());
}
