// What ends a whole run, whatever its frames would have made of it.
import { HALT_ABANDONED, HALT_HOST_FAILED, HALT_NONE, HALT_OUT_OF_MEMORY } from "./layout";
import { isAbandoned } from "./host";

/** HALT_NONE, or why the run is void. Operations on state go on harmlessly; the interpreter asks and stops. */
export let workerVoid: u32 = 0;

/** Begins a run that is not void. */
export function beginRun(): void {
  workerVoid = HALT_NONE;
}

/** Says that an import failed. */
export function hostFailed(): void {
  workerVoid = isAbandoned() ? HALT_ABANDONED : HALT_HOST_FAILED;
}

/** Says that memory is at its end. */
export function outOfMemory(): void {
  if (workerVoid == HALT_NONE) workerVoid = HALT_OUT_OF_MEMORY;
}

/** Asks the host whether the run is still wanted; true ends it. */
export function poll(): bool {
  if (isAbandoned()) workerVoid = HALT_ABANDONED;
  return workerVoid != HALT_NONE;
}
