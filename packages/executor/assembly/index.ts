// What the host sees of the core: the layout, and the steps.
export * from "./layout";
export {
  MUTATION_IGNORE_WIPE, MUTATION_KEEP_STALE_VERSION, MUTATION_SKIP_VALUE_CHECK,
} from "./debug";
export { plantMutation, setWorker } from "./worker";
export {
  addTransaction, allocate, beginBlock, enterBlock, limitBuild, memoryNeeded, poolUsed, setBeneficiary, useReserve,
} from "./block";
export { findCode, makeCode, publishCode } from "./codes";
export { crash } from "./frontier";
export { keccak256 } from "./keccak";
export { internAccount, internSlot } from "./locations";
export {
  abandonRun, beginSystemRun, commitSystemRun, describe, finishRun, isFinalRun, isUnwanted, lastSlotValue, readExact,
  readPredicate, write,
} from "./run";
export { next, TASK_NONE, TASK_STOP } from "./scheduler";
export { signal, stopBlock, stopReason } from "./stop";
export { rowAt } from "./transactions";
export { committedRecord, publishBase, slotValue } from "./versioned-memory";
