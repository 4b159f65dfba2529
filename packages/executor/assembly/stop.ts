// How a block ends, and how waiting workers hear of anything.
import {
  CHANGES, EVENT_WAIT_NS, EVENTS, SPECULATES_FIRST, SPIN_LOADS, STOP, STOP_RESTART, WAITERS, WORKER_RUNNING,
  workerStateAddress,
} from "./layout";

/** Why the block has ended (STOP_*), 0 while it runs. */
@inline
export function stopReason(): u32 {
  return atomic.load<u32>(STOP);
}

/** Ends the block for `reason` unless it has ended already. */
export function stopBlock(reason: u32): void {
  atomic.cmpxchg<u32>(STOP, 0, reason);
  signal();
}

/** A dead worker holds what only it could release: the block must be run again, unless it has ended without that. */
export function requestRestart(): void {
  stopBlock(STOP_RESTART);
}

/** Calls all waiting workers. */
export function signal(): void {
  atomic.add<u32>(EVENTS, 1);
  if (atomic.load<u32>(WAITERS) != 0) atomic.notify(EVENTS, -1);
}

/**
 * Something has changed that may open a transaction. Who waits is not called: whoever changes it looks at once what
 * it opens, and calls others where that is more than it takes itself (scheduler.ts).
 */
export function noteChange(): void {
  atomic.add<u32>(CHANGES, 1);
  if (load<u32>(SPECULATES_FIRST) != 0) signal(); // it may be open to one that waits alone
}

/** Waits for a call, at most EVENT_WAIT_NS; not where there were `calls` or `changes` since these were counted. */
export function waitForChange(changes: u32, calls: u32): void {
  for (let count: u32 = 0; count < SPIN_LOADS; count++) if (atomic.load<u32>(CHANGES) != changes) return;
  atomic.add<u32>(WAITERS, 1);
  // Counted as waiting first: whoever changes something after this look sees that somebody waits.
  if (atomic.load<u32>(CHANGES) == changes) atomic.wait<i32>(EVENTS, i32(calls), EVENT_WAIT_NS);
  atomic.sub<u32>(WAITERS, 1);
}

/** Whether worker `index` takes part in the running block and is alive. */
@inline
export function isRunning(index: u32): bool {
  return atomic.load<u32>(workerStateAddress(index)) == WORKER_RUNNING;
}
