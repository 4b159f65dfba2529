// How a block ends, and how waiting workers hear of anything.
import {
  EVENT_WAIT_NS, EVENTS, SPIN_LOADS, STOP, STOP_RESTART, WAITERS, WORKER_RUNNING, workerStateAddress,
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

/** Tells waiting workers that something has changed. */
export function signal(): void {
  atomic.add<u32>(EVENTS, 1);
  if (atomic.load<u32>(WAITERS) != 0) atomic.notify(EVENTS, -1);
}

/** Waits until EVENTS is no longer `seen`, at most EVENT_WAIT_NS. */
export function waitForEvent(seen: u32): void {
  for (let count: u32 = 0; count < SPIN_LOADS; count++) if (atomic.load<u32>(EVENTS) != seen) return;
  atomic.add<u32>(WAITERS, 1);
  atomic.wait<i32>(EVENTS, i32(seen), EVENT_WAIT_NS);
  atomic.sub<u32>(WAITERS, 1);
}

/** Whether worker `index` takes part in the running block and is alive. */
@inline
export function isRunning(index: u32): bool {
  return atomic.load<u32>(workerStateAddress(index)) == WORKER_RUNNING;
}
