import {
  type BlockEnvironment,
  createPlainState,
  type Engine,
  executePlainly,
  type PlainOutcome,
  type ReadBlockHash,
  type StateReader,
} from '@heddle/executor';
import type { Fork } from '@heddle/primitives';
import { cachedReader } from './cached-reader.ts';
import type { SignedTransaction } from './read-block.ts';

/** A block to run on one thread, one transaction after another. */
export interface PlainJob {
  readonly environment: BlockEnvironment;
  readonly fork: Fork;
  readonly transactions: readonly SignedTransaction[];
  readonly reader: StateReader;
  readonly readBlockHash: ReadBlockHash;
  /** Told before each step: a transaction's place, or what comes before (-1) or after them. */
  readonly onStep?: (place: number) => void;
}

/** How it went. */
export interface PlainRun {
  readonly outcome: PlainOutcome;
  /** From the first transaction's beginning to the last one's end. */
  readonly wallMs: number;
  /** Of each transaction alone. */
  readonly transactionMs: readonly number[];
}

/** Runs the block without versions or threads: what parallel execution must equal, and is measured against. */
export async function runPlainly(engine: Engine, job: PlainJob): Promise<PlainRun> {
  const { environment, transactions, reader, readBlockHash, fork, onStep = () => undefined } = job;
  const transactionMs: number[] = [];
  let startedMs = 0;
  let endedMs = 0;
  const watched: Engine = {
    name: engine.name,
    beginBlock: (block) => engine.beginBlock(block),
    runCall: (...call) => engine.runCall(...call),
    runBlockStart(state) {
      onStep(-1);
      return engine.runBlockStart(state);
    },
    async runTransaction(...run) {
      const place = transactionMs.length;
      onStep(place);
      const beganMs = performance.now();
      if (place === 0) startedMs = beganMs;
      const outcome = await engine.runTransaction(...run);
      endedMs = performance.now();
      transactionMs.push(endedMs - beganMs);
      return outcome;
    },
    runBlockEnd(state, logsOf) {
      onStep(transactions.length);
      return engine.runBlockEnd(state, logsOf);
    },
  };
  const outcome = await executePlainly(
    watched,
    { environment, transactions },
    createPlainState(cachedReader(reader), readBlockHash, fork),
  );
  return { outcome, wallMs: endedMs - startedMs, transactionMs };
}
