import { parentPort, workerData } from 'node:worker_threads';
import { namedEngine } from '../../src/engines/named-engine.ts';
import { authorityNonces } from '../../src/shared-memory/authority-nonces.ts';
import { MemoryView } from '../../src/shared-memory/memory-view.ts';
import { WorkerLoop } from '../../src/worker-loop.ts';
import { TESTED_ENGINE } from '../support/tested-engine.ts';
import type { ScheduledWorld } from './scheduled-blocks.ts';
import { instantiateScheduledCore, type ScheduledShared } from './scheduled-core.ts';
import { readerOf } from './scheduled-state.ts';
import { createScriptedEngine } from './scripted-engine.ts';

/** What a thread of scheduled blocks is given. */
export interface ScheduledWorkerData {
  readonly shared: ScheduledShared;
  readonly workerIndex: number;
  readonly worlds: readonly ScheduledWorld[];
}

// As src/worker.ts, but from one block to the next it waits for its turn rather than for its state word.
const { shared, workerIndex, worlds } = workerData as ScheduledWorkerData;
const { core, turns, watch } = instantiateScheduledCore(shared, workerIndex);
const { layout, steps } = core;
const memory = new MemoryView(shared.memory); // coming and going are no steps of the block
const stateWord = steps.workerStateAddress(workerIndex);
const loops = await Promise.all(
  worlds.map(async ({ state, rules }) => {
    const engine =
      rules === undefined ? createScriptedEngine() : await namedEngine(TESTED_ENGINE)(rules, { core: core.steps });
    return new WorkerLoop({ core, engine, reader: readerOf(state), authorityNonces });
  }),
);
parentPort?.postMessage('ready');
for (;;) {
  try {
    const loop = loops[turns.enter()] as WorkerLoop;
    watch();
    memory.store(stateWord, layout.WORKER_RUNNING);
    loop.enterBlock();
    await loop.runTransactions();
    memory.store(stateWord, layout.WORKER_PARKED);
  } catch {
    if (!turns.isLost) turns.announceDeath(workerIndex); // as worker.ts does on its way out
  }
  turns.leave();
}
