// What one instance of the core knows about itself. Module globals are per instance, so each of these is per worker.
import { scratchAddress } from "./layout";

/** This worker's number. */
export let workerIndex: u32 = 0;
/** This worker's scratch area. */
export let workerScratch: usize = 0;
/** A fault planted by a test of the debug build; see debug.ts. */
export let workerMutation: u32 = 0;

/** Says which worker this instance serves. Called once, before anything else. */
export function setWorker(index: u32): void {
  workerIndex = index;
  workerScratch = scratchAddress(index);
}

/** Plants a fault (MUTATION_*). The release build has none. */
export function plantMutation(mutation: u32): void {
  if (HEDDLE_DEBUG) workerMutation = mutation;
}
