import { createPlainExecutor, type Engine, headState, namedEngine, openStateTrie } from '@heddle/executor';
import { assert, decodeTransaction } from '@heddle/primitives';
import { cachedReader } from './cached-reader.ts';
import type { RunSetting } from './parallel-runs.ts';
import { runRefused } from './replay-errors.ts';
import type { RunOutcome } from './run-outcome.ts';
import { runPlainly } from './run-plainly.ts';

/** Timed runs of one block without versions, one after another; on the same state each time, which they keep what they read of. */
export interface PlainRuns {
  run(): Promise<TimedOutcome>;
  close(): Promise<void>;
}

/** How one of them went. */
export interface TimedOutcome {
  readonly outcome: RunOutcome;
  /** Of the transactions, their decoding included; without what the block does before and after them, as workers are timed. */
  readonly wallMs: number;
}

/** What lines of a report call them; *plain execution* is the one that all others must equal. */
export const PLAIN_NAME = 'plain execution when timed';

/** As plain execution is elsewhere: on the core where `engine` is one that runs there, else on a state of maps. */
export function startPlainRuns(setting: RunSetting, engine: Engine): Promise<PlainRuns> {
  return engine.name === 'wasm' ? onCore(setting) : onMaps(setting, engine);
}

async function onCore({ store, stateRoot, rules, engine, environment, signed, readBlockHash }: RunSetting) {
  const executor = await createPlainExecutor({
    rules,
    createEngine: namedEngine(engine),
    state: headState(store.database),
    trie: openStateTrie(store.database, stateRoot),
    readBlockHash,
    keepsState: true,
  });
  const cancel = new Int32Array(1);
  return {
    async run() {
      const made = await executor.execute({ environment, transactions: signed, cancel });
      if (made.status === 'invalid') throw runRefused(PLAIN_NAME, made);
      assert(made.status === 'executed', 'nobody cancels a replay');
      return { outcome: made.result, wallMs: made.result.figures.wallMs };
    },
    close: () => executor.close(),
  };
}

async function onMaps(setting: RunSetting, engine: Engine): Promise<PlainRuns> {
  const { store, stateRoot, rules, environment, signed, readBlockHash } = setting;
  const reader = cachedReader(headState(store.database));
  const trie = openStateTrie(store.database, stateRoot);
  return {
    async run() {
      const decodingAtMs = performance.now();
      const transactions = signed.map(({ raw, sender }) => ({ transaction: decodeTransaction(raw), sender }));
      const decodingMs = performance.now() - decodingAtMs;
      let [startedMs, endedMs] = [0, 0];
      const onStep = (place: number) => {
        if (place === 0) startedMs = performance.now();
        if (place === transactions.length) endedMs = performance.now();
      };
      const job = { environment, fork: rules.fork, transactions, reader, readBlockHash, onStep };
      const made = await runPlainly(engine, job);
      if (made.status === 'invalid') throw runRefused(PLAIN_NAME, made);
      assert(made.status === 'executed', 'nobody cancels a replay');
      return { outcome: { ...made, stateRoot: await trie.root(made.diff) }, wallMs: decodingMs + endedMs - startedMs };
    },
    close: async () => undefined,
  };
}
