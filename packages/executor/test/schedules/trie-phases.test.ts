/// <reference path="../../src/shared-memory/web-assembly.d.ts" />
import { expect, it } from 'vitest';
import type { TrieSteps } from '../../src/trie/trie-core.ts';
import { compileStepwiseTasks } from './compile-core.ts';
import type { Patch } from './faults.ts';

// Two workers of one root in one thread: at each step of worker 1 towards a task, worker 0 ends the phase and lays out the
// next one.

const FAULTS: Readonly<Record<string, Patch>> = {
  // Then the ticket that worker 1 has seen is good for the next phase, too.
  'the ended phase is not closed': {
    file: 'trie/tasks.ts',
    find: '  closePhase(); // first: whoever still looks at the last phase must not take its ticket for one of this phase\n',
    replacement: '',
  },
  'what was offered of the ended phase still counts': {
    file: 'trie/tasks.ts',
    find: '  atomic.store<u32>(OFFERED, 0);\n',
    replacement: '',
  },
};
const FIRST_TASKS = 1;
const SECOND_TASKS = 4;

type Exports = TrieSteps & Readonly<Record<string, unknown>>;

it('a worker takes no task that is not offered yet, whenever the phase ends under it', async () => {
  expect(await tasksTakenTooEarly([])).toEqual([]);
});

it.each(Object.keys(FAULTS))('that is seen to fail where %s', async (name) => {
  const fault = FAULTS[name];
  expect((await tasksTakenTooEarly(fault ? [fault] : [])).length).toBeGreaterThan(0);
});

it('tasks that are left of a job that failed are nobody’s', async () => {
  const { zero, one, doneCount } = await openTwo([], () => undefined);
  begin(zero);
  layOut(zero, SECOND_TASKS);
  zero.setJobState(numberOf(zero, 'JOB_ABORTED'));
  zero.setJobState(numberOf(zero, 'JOB_RUNS'));
  one.work();
  expect(doneCount()).toBe(0);
});

/** The steps of worker 1 towards a task at which the next phase is laid out and another count done than was offered. */
async function tasksTakenTooEarly(patches: readonly Patch[]): Promise<number[]> {
  const wrong: number[] = [];
  for (let moment = 0; ; moment++) {
    let step = -1;
    let isOver = false;
    const { zero, one, doneCount } = await openTwo(patches, () => {
      if (step < 0 || step++ !== moment) return;
      zero.work();
      isOver = zero.isDone() !== 0; // not while worker 1 is at the task itself
      if (isOver) zero.beginPhase(numberOf(zero, 'TASK_HASH'), SECOND_TASKS);
    });
    begin(zero);
    layOut(zero, FIRST_TASKS);
    step = 0;
    one.work();
    const steps = step;
    step = -1;
    if (moment >= steps) return wrong;
    if (!isOver) continue;
    if (doneCount() !== 0) wrong.push(moment);
    zero.offer(SECOND_TASKS);
    zero.work();
    if (doneCount() !== SECOND_TASKS) wrong.push(moment);
  }
}

function layOut(zero: Exports, tasks: number): void {
  zero.beginPhase(numberOf(zero, 'TASK_HASH'), tasks);
  zero.offer(tasks);
}

function begin(zero: Exports): void {
  zero.beginState(SECOND_TASKS * numberOf(zero, 'HASH_TASK_ITEMS'), 0);
  zero.setJobState(numberOf(zero, 'JOB_RUNS'));
}

/** Two instances over one memory; `onStep` is called before each atomic access of the second. */
async function openTwo(patches: readonly Patch[], onStep: () => void) {
  const module = await compiled(patches);
  const memory = new WebAssembly.Memory({ initial: 128, maximum: 32_768, shared: true });
  const open = (index: number, yieldAt: () => void): Exports => {
    const never = () => expect.fail('nothing is read here');
    const env = { memory, read: never, damaged: never, leafMissing: never, full: never, yieldAt };
    const waits = { waitAt: () => 1, notifyAt: () => 0 };
    const { exports } = new WebAssembly.Instance<Exports>(module, { env: { ...env, ...waits } });
    exports.setWorker(index);
    return exports;
  };
  const zero = open(0, () => undefined);
  const one = open(1, onStep);
  const doneCount = () => Atomics.load(new Int32Array(memory.buffer), numberOf(zero, 'DONE') >> 2);
  return { zero, one, doneCount };
}

const modules = new Map<readonly Patch[], Promise<WebAssembly.Module>>();

function compiled(patches: readonly Patch[]): Promise<WebAssembly.Module> {
  const key = patches.length === 0 ? NO_PATCHES : patches;
  const module = modules.get(key) ?? compileStepwiseTasks(key).then(({ bytes }) => WebAssembly.compile(bytes));
  modules.set(key, module);
  return module;
}

const NO_PATCHES: readonly Patch[] = [];

function numberOf(exports: Exports, name: string): number {
  return (exports[name] as WebAssembly.Global).value as number;
}
