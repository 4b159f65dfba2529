import type { ChainSpec, Hash } from '@heddle/primitives';
import type { Logger } from 'pino';
import { VERSION } from './cli/version.ts';
import type { ConsensusDriver } from './consensus/consensus-driver.ts';
import type { ExecutionForMain } from './execution/main-boundary.ts';
import type { LoopDelay } from './loop-delay.ts';
import { metricsText } from './metrics.ts';
import type { LateNetwork } from './network-wiring.ts';
import type { JoinInfo } from './node-folder/join.ts';
import type { PoolForMain } from './pool/main-boundary.ts';
import type { QueryThreads } from './query/query-threads.ts';
import type { MainForRpc } from './rpc-ports/main-boundary.ts';
import type { NodeFacts } from './rpc-ports/node-port.ts';
import { type Handlers, type RemoteSide, Transferred } from './threads/port-rpc.ts';

/** As geth's: name, version, platform, runtime. */
const CLIENT_VERSION = `heddle/v${VERSION}/${process.platform}-${process.arch}/node${process.versions.node}`;

/** What answers for main when the rpc thread asks. */
export interface RpcSides {
  readonly driver: ConsensusDriver;
  readonly execution: Pick<RemoteSide<ExecutionForMain>, 'call'>;
  readonly pool: Pick<RemoteSide<PoolForMain>, 'call'>;
  readonly queries: QueryThreads;
  readonly late: LateNetwork;
  readonly joinInfo: () => JoinInfo;
  readonly loopDelay: LoopDelay;
}

type SpecFacts = Pick<ChainSpec, 'chainId' | 'transactionGasCap' | 'elasticity' | 'baseFeeDenominator' | 'validators'>;

/** What the node says about itself without asking anybody. */
export function nodeFacts(spec: SpecFacts, instanceId: Hash): NodeFacts {
  const { chainId, transactionGasCap, elasticity, baseFeeDenominator, validators } = spec;
  const feeRules = { elasticity, baseFeeDenominator };
  return { chainId, clientVersion: CLIENT_VERSION, instanceId, transactionGasCap, feeRules, validators };
}

/** Main's side of the boundary to the rpc thread. */
export function createRpcHandlers(sides: RpcSides, logger: Logger): Handlers<MainForRpc> {
  const { driver, execution, queries } = sides;
  return {
    requests: {
      peerCount: () => driver.status().peers,
      syncing: () => driver.syncing(),
      parallelism: (blockNumber) => execution.call('parallelism', blockNumber),
      joinInfo: () => ({ ...sides.joinInfo() }),
      metrics: async () => metricsText(await gatherFigures(sides)),
      startQueryThread() {
        const started = queries.start();
        return new Transferred(started, [started.port]);
      },
    },
    notices: {
      endQueryThread: (id) => queries.end(id),
      log: ({ level, message, fields }) => logger[level](fields, message),
    },
  };
}

async function gatherFigures({ driver, execution, pool, queries, late, loopDelay }: RpcSides) {
  const [executed, pooled] = await Promise.all([execution.call('metrics', undefined), pool.call('status', undefined)]);
  const { p99, max } = loopDelay.figures();
  const { running, started, overdue, died } = queries.figures();
  return {
    ...driver.metrics(),
    ...executed,
    ...late.network?.metrics(),
    heddle_pool_pending_transactions: pooled.pending,
    heddle_pool_queued_transactions: pooled.queued,
    heddle_pool_waiting_transactions: pooled.waiting,
    heddle_query_running_threads: running,
    heddle_query_started_total: started,
    heddle_query_overdue_total: overdue,
    heddle_query_died_total: died,
    heddle_node_resident_bytes: process.memoryUsage.rss(),
    heddle_node_loop_delay_p99_seconds: p99,
    heddle_node_loop_delay_max_seconds: max,
  };
}
