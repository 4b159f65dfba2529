import type { Worker } from 'node:worker_threads';
import { assert } from '@heddle/primitives';

// A thread can be ended anywhere, also inside of a native call that then forgets what it has just taken from another
// library. As with POSIX's cancel state, the thread says in a word of shared memory where it must not be ended.

const ENABLED = 0;
/** The thread is where it must not be ended. */
const DISABLED = 1;
/** The thread is being ended, and begins nothing that it must not be ended in. */
const CANCELLED = 2;

/** How long a thread may stay where it must not be ended, once it is to end. It is there for microseconds. */
const PATIENCE_MS = 1_000;

/** What a thread and whoever ends it share. */
export type CancelState = Int32Array<SharedArrayBuffer>;

/** For one thread, to be handed to it at its start. */
export function createCancelState(): CancelState {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/** On the thread: runs `act`, in which {@link cancelThread} does not end it. Does not nest. */
export function withoutCancellation<T>(state: CancelState, act: () => T): T {
  const found = Atomics.compareExchange(state, 0, ENABLED, DISABLED);
  if (found === CANCELLED) Atomics.wait(state, 0, CANCELLED, 2 * PATIENCE_MS); // the end comes
  assert(found === ENABLED, 'who is being ended begins nothing, and no cancellation is disabled twice');
  try {
    return act();
  } finally {
    Atomics.store(state, 0, ENABLED);
  }
}

/** Ends the thread, whatever it does, but not within {@link withoutCancellation}; resolves when it is gone. */
export async function cancelThread(worker: Worker, state: CancelState): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (Atomics.compareExchange(state, 0, ENABLED, CANCELLED) === DISABLED && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 1)); // leaves it the processor
  }
  await worker.terminate();
}
