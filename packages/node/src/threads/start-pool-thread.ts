import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import type { ExecutionRules, FeeRules, Hex } from '@heddle/primitives';
import type { MainForPool, PoolForMain } from '../pool/main-boundary.ts';
import type { PoolLimits } from '../pool/pool-limits.ts';
import { connectPort, type Handlers, type RemoteSide } from './port-rpc.ts';
import { endThread, startThread } from './thread.ts';
import { executionRules, feeRules } from './thread-data.ts';

/** What the pool thread is told at its start. */
export interface PoolThreadOptions {
  /** LevelDB's folder; the store has its genesis. */
  readonly databasePath: string;
  readonly rules: ExecutionRules;
  readonly blockGasLimit: bigint;
  readonly fees: Pick<FeeRules, 'elasticity' | 'baseFeeDenominator'>;
  readonly limits: PoolLimits;
  /** Private keys of the accounts that `eth_sendTransaction` may use. */
  readonly heldKeys: readonly Hex[];
}

/** The thread's `workerData`. */
export interface PoolThreadData extends PoolThreadOptions {
  /** Its end of the boundary to the rpc thread. */
  readonly rpcPort: MessagePort;
}

/** The running pool thread. */
export interface PoolThread {
  /** `error`: a bug or a damaged store ended it; nothing goes on without it. */
  readonly worker: Worker;
  readonly pool: RemoteSide<PoolForMain>;
  /** The rpc thread's end of the boundary between the two, to be transferred to it. */
  readonly rpcPort: MessagePort;
  /** Ends the thread, its store handle closed. */
  stop(): Promise<void>;
}

/** Starts the pool thread. Calls may be made at once: they wait until it has opened the store. */
export function startPoolThread(options: PoolThreadOptions, handlers: Handlers<MainForPool>): PoolThread {
  const { port1, port2 } = new MessageChannel();
  const { rules, fees } = options; // often the whole chain spec, whose alloc must not be copied into the thread
  const data: PoolThreadData = { ...options, rules: executionRules(rules), fees: feeRules(fees), rpcPort: port2 };
  const worker = startThread('pool-thread', data, [port2]);
  const pool = connectPort<PoolForMain, MainForPool>(worker, handlers);
  return { worker, pool, rpcPort: port1, stop: () => endThread(worker, () => pool.notify('stop', undefined)) };
}
