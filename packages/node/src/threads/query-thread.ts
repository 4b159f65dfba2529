import { workerData } from 'node:worker_threads';
import { namedEngine, openDatabase } from '@heddle/executor';
import { createForkEngines } from '../query/fork-engines.ts';
import { createQueryService } from '../query/query-service.ts';
import type { QueryForRpc, RpcForQuery } from '../query/rpc-boundary.ts';
import { withoutCancellation } from './cancellation.ts';
import { connectPort } from './port-rpc.ts';
import type { QueryThreadData } from './start-query-thread.ts';
import { yieldToConsensus } from './thread-priority.ts';

// A query thread: runs calls of wallets on a memory of its own. It may be ended at nearly any moment, so it writes
// nothing and holds nothing that another thread waits for.

yieldToConsensus(10);

const { databasePath, rules, engine: name, forks, limits, rpcPort, cancelState } = workerData as QueryThreadData;

const createEngine = namedEngine(name);
const opening = openDatabase(databasePath, { uncancelled: (act) => withoutCancellation(cancelState, act) });
const [database, engine] = await Promise.all([opening, createEngine(rules)]);
const engineAt = forks && createForkEngines(forks, createEngine);
const service = createQueryService({ engine, database, rules, limits, ...(engineAt && { engineAt }) });
connectPort<RpcForQuery, QueryForRpc>(rpcPort, service);
