import { Worker } from 'node:worker_threads';
import type { EngineName, ExecutionRules } from '@heddle/primitives';
import { workerStartFailed } from './errors.ts';
import type { Core, SharedCore } from './shared-memory/core.ts';
import type { SharedTrie } from './trie/trie-core.ts';

/** What a worker thread is given when it starts. */
export interface WorkerStart {
  readonly shared: SharedCore;
  readonly trie: SharedTrie;
  readonly workerIndex: number;
  readonly rules: ExecutionRules;
  readonly engine: EngineName;
  readonly databasePath: string;
}

/** Options of {@link startWorkerPool}. */
export interface WorkerPoolOptions {
  readonly shared: SharedCore;
  readonly trie: SharedTrie;
  /** This thread's instance: worker 0. */
  readonly core: Core;
  /** With this thread. */
  readonly count: number;
  readonly rules: ExecutionRules;
  readonly engine: EngineName;
  readonly databasePath: string;
  /** Called for each worker thread that ends before {@link WorkerPool.close}; another takes its place between blocks. */
  readonly onWorkerDeath?: (workerIndex: number, error: Error | undefined) => void;
}

/** The threads that run blocks together with this one. They are woken once a block and meet in the shared memory. */
export interface WorkerPool {
  /**
   * Resolves when every thread can take part in blocks.
   *
   * @throws HeddleError `WORKER_START_FAILED`
   */
  whenReady(): Promise<void>;
  /** Workers that a block can count on now, this thread included. */
  readyCount(): number;
  /** Threads that have ended by themselves since the start. */
  deathCount(): number;
  /** Sends `count` workers (this thread included) into the block that is laid out. This thread counts as running. */
  release(count: number): void;
  /** Sends all workers that are ready to help with the root that this thread makes. */
  callToRoot(): void;
  /** Waits until no other worker is in the block, or at the root, any more. */
  gather(): Promise<void>;
  /** Ends all threads. */
  close(): Promise<void>;
  /** For tests: whether worker `workerIndex` is in a block. */
  isInBlock(workerIndex: number): boolean;
  /** For tests: kills worker `workerIndex` wherever it is. */
  kill(workerIndex: number): Promise<void>;
}

/** Threads in a row that take one worker's place without getting through a block, before none does any more. */
const MAX_REPLACEMENTS = 16;
/** Loads of a state word before this thread sleeps on it. */
const SPIN_LOADS = 2_000;
/** One sleep while workers leave a block, ms. */
const GATHER_WAIT_MS = 5;

/** Both `src/` and `dist/` reach the compiled worker this way: a thread cannot run TypeScript. */
const ENTRY = new URL('../dist/worker.js', import.meta.url);

/** Starts the worker threads. Each joins with the first block after it is ready: blocks need not wait for it. */
export function startWorkerPool(options: WorkerPoolOptions): WorkerPool {
  return new ThreadPool(options);
}

/** A thread, and the promise that settles when it can take part in blocks or has ended before that. */
interface PoolThread {
  readonly worker: Worker;
  readonly ready: Promise<void>;
  isReady: boolean;
}

class ThreadPool implements WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #threads = new Map<number, PoolThread>();
  /** By worker: replacements since it last got through a block. */
  readonly #replacements = new Map<number, number>();
  /** Workers whose place stays empty, and what ended the last thread there. */
  readonly #lost = new Map<number, Error | undefined>();
  /** Workers sent into the block that runs. */
  readonly #released = new Set<number>();
  #isClosing = false;
  #deaths = 0;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    const { core, count } = options;
    core.memory.store(this.#stateAddress(0), core.layout.WORKER_PARKED);
    for (let index = 1; index < count; index++) this.#spawn(index);
  }

  async whenReady(): Promise<void> {
    await Promise.all([...this.#threads.values()].map(({ ready }) => ready));
    for (const [workerIndex, failure] of this.#lost) throw workerStartFailed(workerIndex, failure);
  }

  readyCount(): number {
    const { layout, memory } = this.#options.core;
    const isReady = (index: number) => memory.load(this.#stateAddress(index)) === layout.WORKER_PARKED;
    return 1 + [...this.#threads.keys()].filter(isReady).length;
  }

  deathCount(): number {
    return this.#deaths;
  }

  release(count: number): void {
    const { layout, memory } = this.#options.core;
    memory.store(this.#stateAddress(0), layout.WORKER_RUNNING);
    this.#send(count - 1, layout.WORKER_ASSIGNED);
  }

  callToRoot(): void {
    this.#send(this.#threads.size, this.#options.core.layout.WORKER_CALLED);
  }

  async gather(): Promise<void> {
    const { layout, memory } = this.#options.core;
    memory.store(this.#stateAddress(0), layout.WORKER_PARKED);
    for (const index of this.#threads.keys()) {
      const address = this.#stateAddress(index);
      // It slept through the block.
      if (
        memory.exchange(address, layout.WORKER_ASSIGNED, layout.WORKER_PARKED) ||
        memory.exchange(address, layout.WORKER_CALLED, layout.WORKER_PARKED)
      ) {
        this.#released.delete(index);
      }
      for (let loads = 0; memory.load(address) === layout.WORKER_RUNNING; loads++) {
        if (loads < SPIN_LOADS) continue;
        memory.wait(address, layout.WORKER_RUNNING, GATHER_WAIT_MS);
        await yieldToEvents(); // a thread's end is told there
      }
    }
    for (const index of this.#released) {
      if (memory.load(this.#stateAddress(index)) === layout.WORKER_PARKED) this.#replacements.delete(index);
    }
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    const { layout, memory, steps } = this.#options.core;
    const ends = [...this.#threads].map(async ([index, { worker }]) => {
      memory.store(this.#stateAddress(index), layout.WORKER_CLOSING);
      memory.wake(this.#stateAddress(index));
      steps.signal();
      const timer = setTimeout(() => void worker.terminate(), CLOSE_TIMEOUT_MS);
      await new Promise((resolve) => worker.once('exit', resolve)); // also of one that fails to start meanwhile
      clearTimeout(timer);
    });
    await Promise.all(ends);
  }

  isInBlock(workerIndex: number): boolean {
    const { layout, memory } = this.#options.core;
    return memory.load(this.#stateAddress(workerIndex)) === layout.WORKER_RUNNING;
  }

  async kill(workerIndex: number): Promise<void> {
    await this.#threads.get(workerIndex)?.worker.terminate();
  }

  #send(count: number, state: number): void {
    const { layout, memory } = this.#options.core;
    this.#released.clear();
    let missing = count;
    for (const index of this.#threads.keys()) {
      if (missing === 0) return;
      if (!memory.exchange(this.#stateAddress(index), layout.WORKER_PARKED, state)) continue;
      memory.wake(this.#stateAddress(index));
      this.#released.add(index);
      missing--;
    }
  }

  #spawn(workerIndex: number): void {
    const { shared, trie, rules, engine, databasePath } = this.#options;
    const workerData: WorkerStart = { shared, trie, workerIndex, rules, engine, databasePath };
    const worker = new Worker(ENTRY, { workerData, name: `heddle worker ${workerIndex}` });
    const thread: PoolThread = { worker, ready: untilReady(worker, workerIndex), isReady: false };
    this.#threads.set(workerIndex, thread);
    thread.ready.then(
      () => {
        thread.isReady = true;
      },
      () => undefined, // told by the thread's end
    );
    let failure: Error | undefined;
    worker.on('error', (error) => {
      failure = error instanceof Error ? error : undefined;
    });
    worker.on('exit', () => this.#bury(workerIndex, thread, failure));
  }

  #bury(workerIndex: number, { isReady }: PoolThread, failure: Error | undefined): void {
    const { core, onWorkerDeath } = this.#options;
    this.#threads.delete(workerIndex);
    this.#released.delete(workerIndex);
    core.memory.store(this.#stateAddress(workerIndex), core.layout.WORKER_DEAD);
    core.steps.signal();
    if (this.#isClosing) return;
    this.#deaths++;
    onWorkerDeath?.(workerIndex, failure);
    const replacements = this.#replacements.get(workerIndex) ?? 0;
    if (!isReady || replacements >= MAX_REPLACEMENTS) {
      this.#lost.set(workerIndex, failure); // it cannot live here
      return;
    }
    this.#replacements.set(workerIndex, replacements + 1);
    core.memory.store(this.#stateAddress(workerIndex), core.layout.WORKER_ABSENT);
    this.#spawn(workerIndex);
  }

  #stateAddress(workerIndex: number): number {
    return this.#options.core.steps.workerStateAddress(workerIndex);
  }
}

/** Resolves with the one message that a worker sends. */
function untilReady(worker: Worker, workerIndex: number): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', (error) => reject(workerStartFailed(workerIndex, error)));
    worker.once('exit', () => reject(workerStartFailed(workerIndex, undefined)));
  });
}

/** A worker that does not leave a block in this time is ended by force. */
const CLOSE_TIMEOUT_MS = 5_000;

/** Lets this thread's event loop run once: the only place where the end of a thread is told. */
export function yieldToEvents(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
