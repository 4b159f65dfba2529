import { MessageChannel } from 'node:worker_threads';
import {
  type EngineName,
  type ExecutionRules,
  type FeeRules,
  type Hash,
  HeddleError,
  type Validator,
} from '@heddle/primitives';
import type { RpcConfig } from './config.ts';
import { Endings } from './endings.ts';
import type { ConfiguredBlocks } from './foreign/chain-config.ts';
import type { NodeLimits } from './limits/node-limits.ts';
import { metricsText } from './metrics.ts';
import { threadEnded } from './node-errors.ts';
import { noPool } from './pool/no-pool.ts';
import type { PoolForRpc, RpcForPool } from './pool/rpc-boundary.ts';
import { createQueryThreads, type QueryThreads } from './query/query-threads.ts';
import type { MainForRpc } from './rpc-ports/main-boundary.ts';
import { nodeFacts } from './rpc-wiring.ts';
import { connectPort, type Handlers, Transferred } from './threads/port-rpc.ts';
import { startRpcThread } from './threads/start-rpc-thread.ts';

/** What is served, and how. */
export interface ServeOptions {
  /** LevelDB's folder. This process has the store open, and nobody writes to it. */
  readonly databasePath: string;
  /** By which calls run, unless `forks` says otherwise. */
  readonly rules: ExecutionRules;
  readonly engine: EngineName;
  /** Blocks that were made elsewhere, in order. */
  readonly forks?: readonly ConfiguredBlocks[];
  readonly feeRules: Pick<FeeRules, 'elasticity' | 'baseFeeDenominator'>;
  readonly validators: readonly Validator[];
  /** Tells chains apart: `anvil_nodeInfo` and such. */
  readonly instanceId: Hash;
  readonly rpc: RpcConfig;
  readonly limits: NodeLimits;
}

/** A chain that answers RPC. */
export interface ServedChain {
  readonly url: string;
  /** Rejects when it cannot go on. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/** Something the user should read, one line. */
type OnWarning = (line: string) => void;

/**
 * Serves RPC over a chain that stands still: the rpc thread and query threads of a node, without consensus, network,
 * execution and pool.
 *
 * @throws HeddleError `RPC_PORT_IN_USE`, `RPC_LISTEN_FAILED`
 */
export async function serveChain(options: ServeOptions, onWarning: OnWarning): Promise<ServedChain> {
  const { databasePath, rules, engine, forks, instanceId, rpc, limits } = options;
  const endings = new Endings((error) => onWarning(`while ending: ${messageOf(error)}`));
  const queries = createQueryThreads(
    { databasePath, rules, engine, ...(forks && { forks }), limits: limits.query },
    (error) => onWarning(`a query thread ended by itself: ${messageOf(error)}`),
  );
  endings.add(() => queries.stop());
  const { port1, port2 } = new MessageChannel();
  connectPort<RpcForPool, PoolForRpc>(port1, noPool());
  const threadOptions = {
    databasePath,
    listen: rpc,
    node: nodeFacts({ ...options.rules, ...options.feeRules, validators: options.validators }, instanceId),
    accounts: [],
    limits: { rpc: limits.rpc, query: limits.query },
  };
  const thread = startRpcThread(threadOptions, port2, mainOf(queries, onWarning));
  endings.add(() => thread.stop());
  const failed = new Promise<never>((_, reject) => {
    let cause: unknown;
    thread.worker.on('error', (error) => {
      cause = error;
    });
    thread.worker.on('exit', () => !endings.hasBegun && reject(threadEnded('rpc', cause)));
  });
  failed.catch(() => undefined); // whoever waits for it hears of it
  try {
    const { url } = await Promise.race([thread.rpc.call('listen', undefined), failed]);
    thread.rpc.notify('ready', true);
    return { url, failed, stop: () => endings.end() };
  } catch (error) {
    await endings.end();
    throw error;
  }
}

/** What a node's main thread does for its rpc thread, where there is nothing but the store. */
function mainOf(queries: QueryThreads, onWarning: OnWarning): Handlers<MainForRpc> {
  return {
    requests: {
      peerCount: () => 0,
      syncing: () => undefined,
      parallelism: () => undefined,
      joinInfo: () => {
        throw new HeddleError(
          'NOT_TO_BE_JOINED',
          'this is a stored chain without validators: there is nothing to join',
        );
      },
      metrics: () => metricsText({ heddle_node_resident_bytes: process.memoryUsage.rss() }),
      startQueryThread() {
        const started = queries.start();
        return new Transferred(started, [started.port]);
      },
    },
    notices: {
      endQueryThread: (id) => queries.end(id),
      log: ({ level, message, fields }) => {
        if (level === 'error' || level === 'warn') onWarning(`${message} ${JSON.stringify(fields)}`);
      },
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
