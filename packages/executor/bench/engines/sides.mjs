// The sides that run a workload, each in a process of its own, asked for one round after another.
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { ENGINE_NAMES } from '@heddle/primitives';
import { ANVIL_CONFIGURATION, startAnvilSide } from './anvil-side.mjs';

/** What a side may take for one answer. */
const ANSWER_TIMEOUT_MS = 900_000;

/**
 * What runs a workload of `kind`: `{ engine, workers }`. A call is one thread's work; anvil cannot stand where a real
 * block stands in its chain.
 */
export function sidesOf(kind, { vs }) {
  const counts = kind === 'call' ? ['plain'] : [...new Set(['plain', 1, 2, availableParallelism()])];
  const ours = ENGINE_NAMES.flatMap((engine) => counts.map((workers) => ({ engine, workers })));
  const others = vs === 'anvil' && kind !== 'real block' ? [{ engine: 'anvil', workers: 'native' }] : [];
  return [{ engine: 'stock', workers: 'plain' }, ...ours, ...others];
}

/** What a user may pick rows by. */
export function nameOf(workload, { engine, workers }) {
  return `${workload} ${engine} ${workers}`;
}

/** How the sides that are not ours are set up. */
export const CONFIGURATIONS = { anvil: ANVIL_CONFIGURATION };

/** Starts a side: `start`, `round` and `end` it; `kill` at any time. */
export function startSide(side, workload) {
  return side.engine === 'anvil' ? startAnvilSide({ workload }) : startProcess(side, workload);
}

function startProcess(side, workload) {
  const child = fork(new URL('./side-process.mjs', import.meta.url), { serialization: 'advanced', execArgv: [] });
  const gone = new Promise((done) => child.once('exit', (code, signal) => done(signal ?? code)));
  const ask = (request) => answerOf(child, gone, request);
  return {
    start: () => ask({ ask: 'start', workload, ...side }),
    round: ({ minimumMs }) => ask({ ask: 'round', minimumMs }),
    async end() {
      const answer = await ask({ ask: 'end' });
      await gone;
      return answer;
    },
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

async function answerOf(child, gone, request) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`no answer in ${ANSWER_TIMEOUT_MS / 1_000} s`)), ANSWER_TIMEOUT_MS);
  });
  const answered = new Promise((done, fail) => {
    child.once('message', ({ answer, failed }) => (failed === undefined ? done(answer) : fail(new Error(failed))));
    void gone.then((how) => fail(new Error(`its process ended (${how})`)));
  });
  child.send(request);
  try {
    return await Promise.race([answered, late]);
  } finally {
    clearTimeout(timer);
  }
}
