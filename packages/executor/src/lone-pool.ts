import type { Core } from './shared-memory/core.ts';
import type { WorkerPool } from './worker-pool.ts';

/** The pool of a thread that runs blocks alone, as worker 0. */
export function createLonePool({ layout, memory, steps }: Core): WorkerPool {
  const state = steps.workerStateAddress(0);
  return {
    whenReady: async () => undefined,
    readyCount: () => 1,
    deathCount: () => 0,
    release: () => memory.store(state, layout.WORKER_RUNNING),
    callToRoot: () => undefined,
    gather: async () => memory.store(state, layout.WORKER_PARKED),
    close: async () => undefined,
    isInBlock: () => false,
    kill: async () => undefined,
  };
}
