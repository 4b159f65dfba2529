import { type MessagePort, type ResourceLimits, Worker } from 'node:worker_threads';

/** A thread's entry file, by the name it has in this folder. */
export type ThreadName = 'execution-thread' | 'pool-thread' | 'query-thread' | 'rpc-thread' | 'verify-thread';

/**
 * What new objects of threads that serve wallets may take before they are collected, MiB. V8 would give each 48, which it
 * keeps once it was busy; what these threads make dies at once, so that less costs them next to nothing.
 */
const YOUNG_GENERATION_MIB: Partial<Record<ThreadName, number>> = {
  'pool-thread': 12,
  'query-thread': 12,
  'rpc-thread': 12,
};

/** How long a thread may take to end itself before it is ended. */
const STOP_TIMEOUT_MS = 5_000;

/** Starts the compiled entry `name`. Its `error` and `exit` events are for the caller to watch. */
export function startThread(
  name: ThreadName,
  data: unknown,
  ports: readonly MessagePort[] = [],
  resourceLimits: ResourceLimits = {},
): Worker {
  const youngMib = YOUNG_GENERATION_MIB[name];
  return new Worker(entryOf(name), {
    name,
    workerData: data,
    transferList: [...ports],
    resourceLimits: { ...(youngMib && { maxYoungGenerationSizeMb: youngMib }), ...resourceLimits },
  });
}

/** Asks the thread to end and waits for it; ends it by force when it does not. Safe after its end. */
export async function endThread(worker: Worker, ask: () => void): Promise<void> {
  if (worker.threadId === -1) return; // it has ended
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const timer = setTimeout(() => void worker.terminate(), STOP_TIMEOUT_MS);
  ask();
  await ended;
  clearTimeout(timer);
}

/** Threads run compiled code, also when this file is run from its source by a test. */
function entryOf(name: ThreadName): URL {
  const folder = import.meta.url.endsWith('.ts') ? '../../dist/threads/' : './';
  return new URL(`${folder}${name}.js`, import.meta.url);
}
