import type { Database, Engine } from '@heddle/executor';
import type { ExecutionRules } from '@heddle/primitives';
import type { Handlers } from '../threads/port-rpc.ts';
import { type CallRunner, createCallRunner } from './call-runner.ts';
import { estimateGas } from './estimate-gas.ts';
import type { QueryLimits } from './query-limits.ts';
import type { Query, QueryForRpc } from './rpc-boundary.ts';
import { runCall } from './run-call.ts';

/** What a query thread's service stands on. */
export interface QueryServiceOptions {
  readonly engine: Engine;
  readonly database: Database;
  readonly rules: ExecutionRules;
  readonly limits: QueryLimits;
}

/** Answers queries, each on a snapshot of its own. One at a time: the engine has one state. */
export function createQueryService({ engine, database, rules, limits }: QueryServiceOptions): Handlers<QueryForRpc> {
  const onSnapshot = async <T>({ blockNumber }: Query, run: (runner: CallRunner) => Promise<T>): Promise<T> => {
    const snapshot = database.snapshot();
    try {
      return await run(createCallRunner(snapshot, blockNumber, { engine, timeMs: limits.timeMs }));
    } finally {
      snapshot.close();
    }
  };
  return {
    requests: {
      ready: () => undefined,
      call: (query) => onSnapshot(query, (runner) => runCall(query.request, runner, limits)),
      estimateGas: (query) => onSnapshot(query, (runner) => estimateGas(query.request, runner, { rules, limits })),
    },
    notices: {},
  };
}
