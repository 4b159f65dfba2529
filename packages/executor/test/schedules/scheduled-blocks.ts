/// <reference path="../../src/shared-memory/web-assembly.d.ts" />
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ExecutionRules } from '@heddle/primitives';
import { type BlockRun, createBlockRunner } from '../../src/block-runner.ts';
import { namedEngine } from '../../src/engines/named-engine.ts';
import { authorityNonces } from '../../src/shared-memory/authority-nonces.ts';
import type { BlockJob } from '../../src/shared-memory/lay-out-block.ts';
import type { WorkerPool } from '../../src/worker-pool.ts';
import { noCancel } from '../parallel/test-chain.ts';
import { TESTED_ENGINE } from '../support/tested-engine.ts';
import { bundleWorker } from './bundle-worker.ts';
import { compileScheduledCore } from './compile-core.ts';
import { instantiateScheduledCore, type ScheduledInstance, type ScheduledShared } from './scheduled-core.ts';
import { readerOf, type ScheduledState } from './scheduled-state.ts';
import type { ScheduledWorkerData } from './scheduled-worker.ts';
import { createScriptedEngine } from './scripted-engine.ts';
import { createTurnMemory, MAX_SCHEDULED, type Schedule, type ScheduleRun, type StepRecord } from './turns.ts';

/** A state before the block, and who runs transactions on it. */
export interface ScheduledWorld {
  readonly state: ScheduledState;
  /** For the engine under test; without them the transactions are scripts. */
  readonly rules?: ExecutionRules;
}

/** What blocks are run with. */
export interface ScheduledBlocksOptions {
  /** Most workers of a schedule, the calling thread included. */
  readonly workers: number;
  /** What blocks may stand on; a block names its world by its place here. */
  readonly worlds: readonly ScheduledWorld[];
  /** Slots of scripts that are read before the block. */
  readonly warmSlots?: number;
  /** A fault planted in all workers' cores; see faults.ts and assembly/debug.ts. */
  readonly mutation?: number;
  /** How much all kinds of transactions are at odds when a block begins. Default: not at all. */
  readonly heat?: number;
}

/** A block under a schedule. */
export interface ScheduledRun extends ScheduleRun {
  /** How the block ended, or what it threw. */
  readonly block: BlockRun | Error;
  /** Attempts that it took: more than one after a death in a critical section. */
  readonly attempts: number;
}

/** Runs blocks on real threads of which one at a time goes on, as a schedule says. */
export interface ScheduledBlocks {
  readonly instance: ScheduledInstance;
  /** Runs the block on the first world unless `world` names another. */
  run(job: BlockJob, schedule: Schedule, world?: number): Promise<ScheduledRun>;
  /** The steps of the last run, and where each was taken. */
  records(): readonly (StepRecord & { readonly place: string })[];
  close(): Promise<void>;
}

const INITIAL_PAGES = 16;
const MAXIMUM_PAGES = 32_768;

/** Compiles the core, starts the threads. */
export async function createScheduledBlocks(options: ScheduledBlocksOptions): Promise<ScheduledBlocks> {
  const { workers, worlds, warmSlots, mutation = 0, heat = 0 } = options;
  const [{ bytes, points }, bundle] = await Promise.all([compileScheduledCore(), bundleWorker()]);
  const pointsOf = (what: string) => points.flatMap((place, point) => (place.includes(what) ? [point] : []));
  const shared: ScheduledShared = {
    module: await WebAssembly.compile(bytes),
    memory: new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAXIMUM_PAGES, shared: true }),
    turns: createTurnMemory(),
    mutation,
    hostPoint: points.length,
    notifications: pointsOf('atomic.notify'),
    publications: [
      ...pointsOf('workerWord, publishing, ROW_STATUS'),
      ...pointsOf('workerWord, committing, ROW_STATUS'),
    ],
  };
  const instance = instantiateScheduledCore(shared, 0);
  const threads = Array.from({ length: workers - 1 }, (_, index) => {
    const workerData: ScheduledWorkerData = { shared, workerIndex: index + 1, worlds };
    return new Worker(bundle.entry, { workerData });
  });
  await Promise.all(threads.map((thread) => once(thread, 'message'))).finally(bundle.remove); // their errors reject
  const pool = new ScheduledPool(instance, workers, heat);
  const runners = await Promise.all(
    worlds.map(async ({ state, rules }) => {
      const engine =
        rules === undefined
          ? createScriptedEngine(warmSlots)
          : await namedEngine(TESTED_ENGINE)(rules, { core: instance.core.steps });
      const parts = { core: instance.core, engine, reader: readerOf(state), authorityNonces, pool };
      return { usual: createBlockRunner(parts), speculating: createBlockRunner({ ...parts, speculatesFirst: true }) };
    }),
  );
  return {
    instance,
    async run(job, schedule, world = 0) {
      pool.take(schedule, world);
      const { usual, speculating } = runners[world] as (typeof runners)[0];
      const run = schedule.speculatesFirst ? speculating : usual;
      const block = await run(job, noCancel()).catch((error: unknown) => error as Error);
      return { ...(pool.firstRun ?? instance.turns.end()), block, attempts: pool.attempts };
    },
    records: () =>
      instance.turns.records().map((record) => ({ ...record, place: points[record.point] ?? 'worker-loop.ts' })),
    async close() {
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
}

/** The threads of a schedule as the pool of a block: all of them take part, however small the block is. */
class ScheduledPool implements WorkerPool {
  attempts = 0;
  /** What the first attempt came to; undefined when it did not get that far. */
  firstRun: ScheduleRun | undefined;
  readonly #instance: ScheduledInstance;
  readonly #most: number;
  readonly #heat: number;
  #schedule: Schedule = { workers: 1 };
  #world = 0;

  constructor(instance: ScheduledInstance, most: number, heat: number) {
    this.#heat = heat;
    this.#instance = instance;
    this.#most = Math.min(most, MAX_SCHEDULED);
  }

  /** The schedule of the next block, and its world. */
  take(schedule: Schedule, world: number): void {
    if (schedule.workers > this.#most) throw new Error(`the schedule has ${schedule.workers} of ${this.#most} workers`);
    this.#schedule = schedule;
    this.#world = world;
    this.attempts = 0;
    this.firstRun = undefined;
  }

  readyCount(): number {
    return this.#schedule.workers;
  }

  release(): void {
    const { core, turns, watch } = this.#instance;
    this.attempts++;
    const { layout, memory, steps } = core;
    for (let index = 0; index < this.#most; index++) {
      memory.store(steps.workerStateAddress(index), index === 0 ? layout.WORKER_RUNNING : layout.WORKER_PARKED);
    }
    if (this.#heat !== 0) this.#heatUp();
    watch();
    // A block that is begun anew after a death runs without switches: what is proved of it was proved before.
    turns.begin(this.attempts === 1 ? this.#schedule : { workers: this.#schedule.workers }, this.#world);
  }

  #heatUp(): void {
    const { layout, memory } = this.#instance.core;
    for (let kind = 0; kind < layout.KIND_COUNT; kind++) memory.setU32(layout.KINDS + 4 * kind, this.#heat);
    memory.setU32(layout.KINDS_KNOWN, 1);
  }

  async gather(): Promise<void> {
    const run = this.#instance.turns.end();
    this.firstRun ??= run;
  }

  callToRoot = (): void => undefined;
  deathCount = (): number => 0;
  whenReady = async (): Promise<void> => undefined;
  isInBlock = (): boolean => false;
  kill = async (): Promise<void> => undefined;
  close = async (): Promise<void> => undefined;
}
