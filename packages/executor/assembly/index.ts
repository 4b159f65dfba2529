// What the host sees of the core: the layout, and the steps.
export * from "./answers";
export * from "./layout";
export {
  MUTATION_ASSUME_AUTHORITY_NONCE, MUTATION_EVICT_PINNED, MUTATION_IGNORE_WIPE, MUTATION_KEEP_OLD_STATE,
  MUTATION_KEEP_STALE_VERSION, MUTATION_READ_FEE,
  MUTATION_SKIP_VALUE_CHECK, MUTATION_TRUST_FUNDS, MUTATION_TRUST_SUMS, planted,
} from "./debug";
export { plantMutation, setWorker } from "./worker";
export {
  addTransaction, allocate, beginBlock, enterBlock, limitBuild, memoryNeeded, poolUsed, setBeneficiary, useReserve,
} from "./block";
export { findCode, makeCode, publishCode } from "./codes";
export {
  CACHE_HIT, CACHE_REFUSED, dropCache, findAccountCell, findSlotCell, keepAccount, keepSlot, loadAccount, loadSlot, makeAccountCell, makeSlotCell,
  openCache,
} from "./flat-cache";
export { finishRun, giveBackClaim } from "./frontier";
export { keccak256 } from "./keccak";
export { AT_ODDS, noteWant } from "./kinds";
export { seedHashes } from "./location-hash";
export { internAccount, internSlot } from "./locations";
export { hasAccountBase, hasSlotBase, ownScratch, peek, poke } from "./reach";
export {
  abandonRun, beginSystemRun, commitSystemRun, currentRow, describe, forgetRun, isFinalRun, isUnwanted, readAtLeast,
  readExact, readPredicate, readSlot, write,
} from "./run";
export { next } from "./scheduler";
export { signal, stopBlock, stopReason } from "./stop";
export { rowAt } from "./transactions";
export { runTransfer } from "./transfer";
export { committedRecord, publishBase, slotValue } from "./versioned-memory";
