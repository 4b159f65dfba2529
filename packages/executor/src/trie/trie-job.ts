import type { KeyValueSource } from '../state/database.ts';
import { type WorkerPool, yieldToEvents } from '../worker-pool.ts';
import { instantiateTrie, type SharedTrie, type TrieCore } from './trie-core.ts';

/** Worker threads that help with roots: those of the executor. */
export type TrieCrew = Pick<WorkerPool, 'callToRoot' | 'gather' | 'deathCount'>;

/** A part of a job that is divided into `count` tasks of `kind`; the next part needs all of them. */
export interface Phase {
  readonly kind: number;
  readonly count: number;
  /** What worker 0 does first: it may offer the first tasks, so that others are at them meanwhile. Then all are offered. */
  readonly prepare?: (offer: (tasks: number) => void) => void;
}

/** What worker 0 does between the phases that it yields. Called again when a job must be begun again. */
export type TrieJob<T> = () => Generator<Phase, T, void>;

/** Thrown inside a job when a helper failed or died. */
const ABORTED = Symbol('a helper failed');

/** Runs a job on this thread alone. */
export function runTrieJob<T>(core: TrieCore, job: TrieJob<T>): T {
  const { layout, steps } = core;
  steps.setJobState(layout.JOB_RUNS);
  try {
    const phases = job();
    for (;;) {
      const { done, value } = phases.next();
      if (done === true) return value;
      beginPhase(core, value);
      steps.work();
    }
  } finally {
    steps.setJobState(layout.JOB_NONE);
  }
}

/**
 * Runs a job together with `crew`. What a helper left unfinished is done again by this thread alone: nodes never change,
 * so that nothing is left behind but garbage. `meanwhile`: other work of this thread, of which it does a piece in each phase
 * while the crew is at the tasks; what it does not come to is left.
 */
export async function shareTrieJob<T>(
  core: TrieCore,
  crew: TrieCrew,
  job: TrieJob<T>,
  meanwhile: readonly (() => void)[] = [],
): Promise<T> {
  try {
    return await attempt(core, crew, job, [...meanwhile]);
  } catch (error) {
    if (error !== ABORTED) throw error;
    return runTrieJob(core, job);
  }
}

async function attempt<T>(core: TrieCore, crew: TrieCrew, job: TrieJob<T>, meanwhile: (() => void)[]): Promise<T> {
  const { layout, steps } = core;
  const deathCount = crew.deathCount();
  steps.setJobState(layout.JOB_RUNS);
  crew.callToRoot();
  try {
    const phases = job();
    for (;;) {
      const { done, value } = phases.next();
      if (done === true) return value;
      await sharePhase(core, value, meanwhile, () => crew.deathCount() > deathCount);
    }
  } finally {
    steps.setJobState(layout.JOB_NONE);
    await crew.gather();
  }
}

async function sharePhase(
  core: TrieCore,
  phase: Phase,
  meanwhile: (() => void)[],
  hasDied: () => boolean,
): Promise<void> {
  const { layout, memory, steps } = core;
  if (phase.count === 0) return;
  beginPhase(core, phase);
  meanwhile.shift()?.();
  steps.work();
  while (steps.isDone() === 0) {
    if (hasDied() || memory.load(layout.JOB_STATE) === layout.JOB_ABORTED) throw ABORTED;
    await yieldToEvents(); // a thread's end is told there
  }
}

function beginPhase({ steps }: TrieCore, { kind, count, prepare }: Phase): void {
  steps.beginPhase(kind, count);
  prepare?.((tasks) => steps.offer(tasks));
  steps.offer(count);
}

/** What a worker other than 0 does when it is called to a root. It reads nodes from its own handle of the store. */
export function createTrieHelper(shared: SharedTrie, workerIndex: number, source: KeyValueSource): () => void {
  const { layout, steps } = instantiateTrie(shared, workerIndex, source);
  return () => {
    try {
      steps.help();
    } catch {
      // Worker 0 makes the root alone and, if it is the store that is at fault, meets the same error.
      steps.setJobState(layout.JOB_ABORTED);
    }
  };
}
