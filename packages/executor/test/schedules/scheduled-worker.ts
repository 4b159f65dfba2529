import { workerData } from 'node:worker_threads';
import type { ExecutionRules } from '@heddle/primitives';
import type { Engine } from '../../src/engine.ts';
import { createEthereumjsEngine } from '../../src/engines/ethereumjs/load-engine.ts';
import { MemoryView } from '../../src/shared-memory/memory-view.ts';
import { WorkerLoop } from '../../src/worker-loop.ts';
import { instantiateScheduledCore, type ScheduledShared } from './scheduled-core.ts';
import { readerOf, type ScheduledState } from './scheduled-state.ts';
import { createScriptedEngine } from './scripted-engine.ts';

/** What a thread of scheduled blocks is given. */
export interface ScheduledWorkerData {
  readonly shared: ScheduledShared;
  readonly workerIndex: number;
  readonly state: ScheduledState;
  /** Rules of the `ethereumjs` engine; without them scripts are run. */
  readonly rules: ExecutionRules | undefined;
}

// As src/worker.ts, but from one block to the next it waits for its turn rather than for its state word.
const { shared, workerIndex, state, rules } = workerData as ScheduledWorkerData;
const { core, turns, watch } = instantiateScheduledCore(shared, workerIndex);
const { layout, steps } = core;
const memory = new MemoryView(shared.memory); // coming and going are no steps of the block
const stateWord = steps.workerStateAddress(workerIndex);
const engine: Engine = rules === undefined ? createScriptedEngine() : await createEthereumjsEngine(rules);
const loop = new WorkerLoop({ core, engine, reader: readerOf(state) });
for (;;) {
  try {
    turns.enter();
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
