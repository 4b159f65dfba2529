import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { cancelThread, createCancelState, withoutCancellation } from '../../src/threads/cancellation.ts';

const CANCELLATION = new URL('../../dist/threads/cancellation.js', import.meta.url).href;

/** Enters what must not be ended, says so, and stays until `words[0]` is 1; then says in `words[1]` that it came out. */
const SOURCE = `
  import { parentPort, workerData } from 'node:worker_threads';
  const { withoutCancellation } = await import('${CANCELLATION}');
  const { state, words } = workerData;
  withoutCancellation(state, () => {
    parentPort.postMessage('within');
    Atomics.wait(words, 0, 0);
    words[1] = 1;
  });
  for (;;) withoutCancellation(state, () => undefined);
`;

async function startWithin() {
  const state = createCancelState();
  const words = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(SOURCE)}`), {
    workerData: { state, words },
  });
  await once(worker, 'message');
  const leave = (): void => {
    Atomics.store(words, 0, 1);
    Atomics.notify(words, 0);
  };
  return { worker, state, leave, hasLeft: () => words[1] === 1 };
}

describe('a thread that is ended', () => {
  it('comes out first of what it must not be ended in', async () => {
    const thread = await startWithin();
    const ending = cancelThread(thread.worker, thread.state);
    await new Promise((resolve) => setImmediate(resolve));
    expect(thread.worker.threadId).not.toBe(-1);
    thread.leave();
    await ending;
    expect(thread.hasLeft()).toBe(true);
    expect(thread.worker.threadId).toBe(-1);
  });

  it('is ended all the same when it does not come out', async () => {
    const thread = await startWithin();
    await cancelThread(thread.worker, thread.state);
    expect(thread.hasLeft()).toBe(false);
    expect(thread.worker.threadId).toBe(-1);
  });
});

describe('what must not be ended', () => {
  it('gives its result, or its error, and can be entered again', () => {
    const state = createCancelState();
    const fails = (): never => {
      throw new RangeError('full');
    };
    expect(() => withoutCancellation(state, fails)).toThrow(RangeError);
    expect(withoutCancellation(state, () => 7)).toBe(7);
  });

  it('does not nest', () => {
    const state = createCancelState();
    expect(() => withoutCancellation(state, () => withoutCancellation(state, () => 7))).toThrow(/twice/);
  });
});
