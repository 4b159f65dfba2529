import { parentPort, workerData } from 'node:worker_threads';
import { namedEngine } from './engines/named-engine.ts';
import { authorityNonces } from './shared-memory/authority-nonces.ts';
import { instantiateCore } from './shared-memory/core.ts';
import { openDatabase } from './state/database.ts';
import { headState } from './state/state-reader.ts';
import { createTrieHelper } from './trie/trie-job.ts';
import { WorkerLoop } from './worker-loop.ts';
import type { WorkerStart } from './worker-pool.ts';

/** Longest sleep between blocks, ms; a wake-up ends it at once. */
const SLEEP_MS = 10_000;

// The entry of worker threads 1 … W-1. From its first block on it hears through the shared memory alone.
const { shared, trie, workerIndex, rules, engine: engineName, databasePath } = workerData as WorkerStart;
const core = instantiateCore(shared, workerIndex);
const { layout, memory, steps } = core;
const stateWord = steps.workerStateAddress(workerIndex);
const database = await openDatabase(databasePath);
try {
  const engine = await namedEngine(engineName)(rules, { core: steps });
  const loop = new WorkerLoop({ core, engine, reader: headState(database), authorityNonces });
  const helpWithRoot = createTrieHelper(trie, workerIndex, database);
  memory.exchange(stateWord, layout.WORKER_ABSENT, layout.WORKER_PARKED);
  parentPort?.postMessage('ready');
  while (memory.load(stateWord) !== layout.WORKER_CLOSING) {
    memory.wait(stateWord, layout.WORKER_PARKED, SLEEP_MS);
    if (memory.exchange(stateWord, layout.WORKER_CALLED, layout.WORKER_RUNNING)) {
      helpWithRoot();
    } else if (memory.exchange(stateWord, layout.WORKER_ASSIGNED, layout.WORKER_RUNNING)) {
      loop.enterBlock();
      await loop.runTransactions();
    } else {
      continue;
    }
    memory.exchange(stateWord, layout.WORKER_RUNNING, layout.WORKER_PARKED);
    memory.wake(stateWord);
  }
} catch (error) {
  memory.store(stateWord, layout.WORKER_DEAD); // at once: the block that runs must not wait for this thread
  memory.wake(stateWord);
  steps.signal();
  throw error;
} finally {
  await database.close();
}
