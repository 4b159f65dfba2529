/// <reference path="../../src/shared-memory/web-assembly.d.ts" />
import { expect, it } from 'vitest';
import type { TrieSteps } from '../../src/trie/trie-core.ts';
import { compileStepwiseTasks } from './compile-core.ts';
import type { Patch } from './faults.ts';

// Two workers of one root in one thread: at each step of worker 0 into the next phase, worker 1 looks for a task.

/** As it was: the ticket of the ended phase stood while the next one was laid out. */
const OPEN_WHILE_LAID_OUT: Patch = {
  file: 'trie/tasks.ts',
  find: '  closePhase(); // first: whoever still looks at the last phase must not take its ticket for one of this phase\n',
  replacement: '',
};
const FIRST_TASKS = 1;
const SECOND_TASKS = 4;

type Exports = TrieSteps & Readonly<Record<string, unknown>>;

it('a worker that still looks at an ended phase takes no task of the next one, whenever it looks', async () => {
  expect(await phasesGoneWrong([])).toEqual([]);
});

it('that is seen to fail where the ended phase is not closed first', async () => {
  expect((await phasesGoneWrong([OPEN_WHILE_LAID_OUT])).length).toBeGreaterThan(0);
});

it('tasks that are left of a job that failed are nobody’s', async () => {
  const { zero, one, doneCount } = await openTwo([], () => undefined);
  begin(zero);
  zero.beginPhase(numberOf(zero, 'TASK_HASH'), SECOND_TASKS);
  zero.setJobState(numberOf(zero, 'JOB_ABORTED'));
  zero.setJobState(numberOf(zero, 'JOB_RUNS'));
  one.work();
  expect(doneCount()).toBe(0);
});

/** The steps of laying out a phase at which a look of worker 1 leaves another count of tasks done than there are. */
async function phasesGoneWrong(patches: readonly Patch[]): Promise<number[]> {
  const wrong: number[] = [];
  for (let look = 0; ; look++) {
    let step = -1;
    const { zero, one, doneCount } = await openTwo(patches, () => {
      if (step >= 0 && step++ === look) one.work();
    });
    begin(zero);
    zero.beginPhase(numberOf(zero, 'TASK_HASH'), FIRST_TASKS);
    zero.work();
    step = 0;
    zero.beginPhase(numberOf(zero, 'TASK_HASH'), SECOND_TASKS);
    const steps = step;
    step = -1;
    zero.work();
    if (doneCount() !== SECOND_TASKS) wrong.push(look);
    if (look >= steps) return wrong;
  }
}

function begin(zero: Exports): void {
  zero.beginState(SECOND_TASKS * numberOf(zero, 'HASH_TASK_ITEMS'), 0);
  zero.setJobState(numberOf(zero, 'JOB_RUNS'));
}

/** Two instances over one memory; `onStep` is called before each atomic access of the first. */
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
  const zero = open(0, onStep);
  const one = open(1, () => undefined);
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
