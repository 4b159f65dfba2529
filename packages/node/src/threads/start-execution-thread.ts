import type { Worker } from 'node:worker_threads';
import type { EngineName } from '@heddle/primitives';
import type { ExecutionForMain, MainForExecution } from '../execution/main-boundary.ts';
import { connectPort, type Handlers, type RemoteSide } from './port-rpc.ts';
import { endThread, startThread } from './thread.ts';

/** What the execution thread is told at its start. */
export interface ExecutionThreadData {
  /** LevelDB's folder; made with the genesis when there is none. */
  readonly databasePath: string;
  readonly genesisFile: string;
  /** Workers of the executor, this thread included; >= 1. */
  readonly workers: number;
  readonly engine: EngineName;
  /** Blocks whose state is kept; undefined: all. */
  readonly history: number | undefined;
}

/** The running execution thread. */
export interface ExecutionThread {
  /** `error`: a bug or a damaged store ended it; nothing goes on without it. */
  readonly worker: Worker;
  readonly execution: RemoteSide<ExecutionForMain>;
  /** Ends the thread once the job in progress is done, the store closed cleanly. */
  stop(): Promise<void>;
}

/** Starts the execution thread. Calls may be made at once: they wait until it has opened the store. */
export function startExecutionThread(data: ExecutionThreadData, handlers: Handlers<MainForExecution>): ExecutionThread {
  const worker = startThread('execution-thread', data);
  const execution = connectPort<ExecutionForMain, MainForExecution>(worker, handlers);
  const ask = () => void execution.call('stop', undefined).catch(() => undefined); // its end is what is awaited
  return { worker, execution, stop: () => endThread(worker, ask) };
}
