import type { MessagePort } from 'node:worker_threads';
import type { Database } from '@heddle/executor';
import { assert } from '@heddle/primitives';
import { createRpcServer, type RpcServer } from '@heddle/rpc';
import { watchLoopDelay } from '../loop-delay.ts';
import type { PoolForRpc, RpcForPool } from '../pool/rpc-boundary.ts';
import { createQueryPool } from '../query/query-pool.ts';
import { connectPort, type Handlers, type RemoteSide } from '../threads/port-rpc.ts';
import type { RpcThreadOptions } from '../threads/start-rpc-thread.ts';
import type { MainForRpc, RpcForMain } from './main-boundary.ts';
import { createNodePort } from './node-port.ts';
import { createPoolPort } from './pool-port.ts';
import { createRemoteLog } from './remote-log.ts';
import { createStoreChain } from './store-chain.ts';

/** What the rpc thread serves from. */
export interface RpcServiceOptions extends Omit<RpcThreadOptions, 'databasePath'> {
  readonly database: Database;
  readonly poolPort: MessagePort;
  readonly main: Pick<RemoteSide<MainForRpc>, 'call' | 'notify'>;
}

/** The rpc thread's work. */
export interface RpcService {
  /** What it answers to main; `stop` is the thread's. */
  readonly forMain: {
    readonly requests: Handlers<RpcForMain>['requests'];
    readonly notices: Omit<Handlers<RpcForMain>['notices'], 'stop'>;
  };
  /** Ends server and connections. */
  close(): Promise<void>;
}

/** Joins the RPC server to the store, the pool thread, query threads and main. Serves once main says `listen`. */
export function createRpcService(options: RpcServiceOptions): RpcService {
  const { database, main, poolPort } = options;
  const chain = createStoreChain(database);
  const pool = connectPort<PoolForRpc, RpcForPool>(poolPort, { requests: {}, notices: {} });
  const query = createQueryPool(
    {
      start: () => main.call('startQueryThread', undefined),
      end: (id) => main.notify('endQueryThread', id),
    },
    options.limits.query,
  );
  let isReady = false;
  const loopDelay = watchLoopDelay();
  const ports = {
    chain,
    query,
    pool: createPoolPort(pool, options.accounts),
    node: createNodePort(options.node, main, { isReady: () => isReady, loopDelay }),
  };
  let server: RpcServer | undefined;
  return {
    forMain: {
      requests: {
        async listen() {
          assert(server === undefined, 'one server a thread');
          server = await createRpcServer(ports, {
            ...options.listen,
            limits: options.limits.rpc,
            log: createRemoteLog(main),
          });
          return { url: server.url, port: server.port };
        },
      },
      notices: {
        head: (blockNumber) => chain.advanceTo(blockNumber),
        ready: (isNow) => {
          isReady = isNow;
        },
      },
    },
    async close() {
      loopDelay.stop();
      query.close(); // first: whoever waits for a call is answered
      await server?.close();
      chain.close();
      poolPort.close();
    },
  };
}
