import {
  type BlockEnvironment,
  createPlainState,
  type Engine,
  executePlainly,
  type PlainOutcome,
  type PreparedTransaction,
  type ReadBlockHash,
  type StateReader,
} from '@heddle/executor';
import type { Fork } from '@heddle/primitives';

/** A block to run on one thread, one transaction after another. */
export interface PlainJob {
  readonly environment: BlockEnvironment;
  readonly fork: Fork;
  readonly transactions: readonly PreparedTransaction[];
  readonly reader: StateReader;
  readonly readBlockHash: ReadBlockHash;
  /** Told before each step: a transaction's place, or what comes before (-1) or after them. */
  readonly onStep?: (place: number) => void;
}

/**
 * Runs the block without versions, threads or the core's memory, on a state of maps: what all other ways of running it must
 * equal.
 */
export function runPlainly(engine: Engine, job: PlainJob): Promise<PlainOutcome> {
  const { environment, transactions, reader, readBlockHash, fork } = job;
  const state = createPlainState(reader, readBlockHash, fork);
  return executePlainly(watched(engine, job), { environment, transactions }, state);
}

/** The same engine; `onStep` hears where it is. */
function watched(engine: Engine, { transactions, onStep = () => undefined }: PlainJob): Engine {
  let place = 0;
  return {
    name: engine.name,
    beginBlock: (block) => engine.beginBlock(block),
    runCall: (...call) => engine.runCall(...call),
    runBlockStart(state) {
      onStep(-1);
      return engine.runBlockStart(state);
    },
    runTransaction(...run) {
      onStep(place++);
      return engine.runTransaction(...run);
    },
    runBlockEnd(state, logsOf) {
      onStep(transactions.length);
      return engine.runBlockEnd(state, logsOf);
    },
  };
}
