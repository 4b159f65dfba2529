import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import type { EngineName, ExecutionRules } from '@heddle/primitives';
import type { ConfiguredBlocks } from '../foreign/chain-config.ts';
import type { QueryLimits } from '../query/query-limits.ts';
import { type CancelState, cancelThread, createCancelState } from './cancellation.ts';
import { startThread } from './thread.ts';
import { executionRules } from './thread-data.ts';

/** What a query thread is told at its start. */
export interface QueryThreadOptions {
  /** LevelDB's folder; the store has its genesis. */
  readonly databasePath: string;
  readonly rules: ExecutionRules;
  readonly engine: EngineName;
  /** Blocks that were made elsewhere, in order: each has the rules of its fork. */
  readonly forks?: readonly ConfiguredBlocks[];
  readonly limits: QueryLimits;
}

/** The thread's `workerData`. */
export interface QueryThreadData extends QueryThreadOptions {
  /** Its end of the boundary to the rpc thread. */
  readonly rpcPort: MessagePort;
  readonly cancelState: CancelState;
}

/** A running query thread. */
export interface QueryThread {
  readonly worker: Worker;
  /** The rpc thread's end of the boundary between the two, to be transferred to it. */
  readonly rpcPort: MessagePort;
  /** Ends it, whatever it does; resolves when it is gone. */
  end(): Promise<void>;
}

/** What a call makes of objects may grow to this; then the thread dies, and nothing else. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 512 } as const;

/** Starts a query thread. It loads its EVM first: `ready` answers then. */
export function startQueryThread(options: QueryThreadOptions): QueryThread {
  const { port1, port2 } = new MessageChannel();
  const cancelState = createCancelState();
  const data: QueryThreadData = { ...options, rules: executionRules(options.rules), rpcPort: port2, cancelState };
  const worker = startThread('query-thread', data, [port2], RESOURCE_LIMITS);
  return { worker, rpcPort: port1, end: () => cancelThread(worker, cancelState) };
}
