import type { MessagePort, Worker } from 'node:worker_threads';
import type { Address } from '@heddle/primitives';
import type { RpcServerOptions } from '@heddle/rpc';
import type { NodeLimits } from '../limits/node-limits.ts';
import type { MainForRpc, RpcForMain } from '../rpc-ports/main-boundary.ts';
import type { NodeFacts } from '../rpc-ports/node-port.ts';
import { connectPort, type Handlers, type RemoteSide } from './port-rpc.ts';
import { endThread, startThread } from './thread.ts';

/** What the rpc thread is told at its start. */
export interface RpcThreadOptions {
  /** LevelDB's folder; the store has its genesis. */
  readonly databasePath: string;
  readonly listen: Pick<RpcServerOptions, 'host' | 'port' | 'vhosts'>;
  readonly node: NodeFacts;
  /** Accounts whose keys the pool thread holds: `eth_accounts`, in this order. */
  readonly accounts: readonly Address[];
  readonly limits: Pick<NodeLimits, 'rpc' | 'query'>;
}

/** The thread's `workerData`. */
export interface RpcThreadData extends RpcThreadOptions {
  /** Its end of the boundary to the pool thread. */
  readonly poolPort: MessagePort;
}

/** The running rpc thread. */
export interface RpcThread {
  /** `error`: a bug or a damaged store ended it; nothing goes on without it. */
  readonly worker: Worker;
  readonly rpc: RemoteSide<RpcForMain>;
  /** Ends server and thread. */
  stop(): Promise<void>;
}

/** Starts the rpc thread; it serves once `rpc.call('listen')` is made. `poolPort` is the pool thread's `rpcPort`. */
export function startRpcThread(
  options: RpcThreadOptions,
  poolPort: MessagePort,
  handlers: Handlers<MainForRpc>,
): RpcThread {
  const data: RpcThreadData = { ...options, poolPort };
  const worker = startThread('rpc-thread', data, [poolPort]);
  const rpc = connectPort<RpcForMain, MainForRpc>(worker, handlers);
  return { worker, rpc, stop: () => endThread(worker, () => rpc.notify('stop', undefined)) };
}
