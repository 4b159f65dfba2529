// What two threads get of this machine, with nothing of ours in it: no ratio of two workers against one can be better. Cores
// of a virtual machine may share caches and memory with others' work, so that two threads which both wait for memory do less
// than twice as much as one.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const SAMPLES = 15;
/** More than a core's own caches hold, as a block of 5,000 transactions is. */
const WORDS = (16 << 20) / Int32Array.BYTES_PER_ELEMENT;
const STEPS = { registers: 4_000_000, memory: 400_000 };
const KINDS = Object.keys(STEPS);
// Of the shared words: what is asked, which kind, what is done, and how long that took, in microseconds.
const [ASKED, KIND, DONE, MICROSECONDS] = [0, 1, 2, 3];

if (!isMainThread && workerData?.twoThreads !== undefined) help(workerData.twoThreads);

/** Of each kind: how much of one thread's work two threads do in the same time, the median; 2 at best. */
export async function twoThreads() {
  const shared = new Int32Array(new SharedArrayBuffer(16));
  const helper = new Worker(new URL(import.meta.url), { workerData: { twoThreads: shared } });
  const memory = new Int32Array(WORDS);
  await new Promise((resolve) => helper.once('message', resolve));
  for (const kind of KINDS) work(kind, memory);
  const found = Object.fromEntries(
    KINDS.map((kind) => {
      const ratios = Array.from({ length: SAMPLES }, () => {
        const alone = work(kind, memory);
        return (2 * alone) / together(shared, kind, memory);
      });
      return [kind, Number(ratios.sort((a, b) => a - b)[SAMPLES >> 1].toFixed(2))];
    }),
  );
  await helper.terminate();
  return found;
}

/** Milliseconds until both were done. */
function together(shared, kind, memory) {
  shared[KIND] = KINDS.indexOf(kind);
  const turn = Atomics.add(shared, ASKED, 1) + 1;
  Atomics.notify(shared, ASKED);
  const mine = work(kind, memory);
  while (Atomics.load(shared, DONE) !== turn) Atomics.wait(shared, DONE, turn - 1, 10);
  return Math.max(mine, shared[MICROSECONDS] / 1e3);
}

function help(shared) {
  const memory = new Int32Array(WORDS);
  for (const kind of KINDS) work(kind, memory);
  parentPort.postMessage('ready');
  for (let turn = 0; ; ) {
    Atomics.wait(shared, ASKED, turn);
    turn = Atomics.load(shared, ASKED);
    shared[MICROSECONDS] = Math.round(work(KINDS[shared[KIND]], memory) * 1e3);
    Atomics.store(shared, DONE, turn);
    Atomics.notify(shared, DONE);
  }
}

/** Milliseconds that a fixed piece of work takes. */
function work(kind, memory) {
  const from = performance.now();
  let state = 1;
  for (let step = 0; step < STEPS[kind]; step++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    if (kind === 'memory') memory[(state >>> 4) & (WORDS - 1)] += 1;
  }
  memory[0] += state; // so that it is not left out
  return performance.now() - from;
}
