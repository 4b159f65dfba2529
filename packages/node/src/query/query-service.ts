import type { Database, DatabaseSnapshot, Engine } from '@heddle/executor';
import type { ExecutionRules } from '@heddle/primitives';
import type { Handlers } from '../threads/port-rpc.ts';
import { type CallRunner, createCallRunner } from './call-runner.ts';
import { estimateGas } from './estimate-gas.ts';
import { proveState } from './prove-state.ts';
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
  const { timeMs } = limits;
  const onSnapshot = async <T>(run: (snapshot: DatabaseSnapshot) => Promise<T>): Promise<T> => {
    const snapshot = database.snapshot();
    try {
      return await run(snapshot);
    } finally {
      snapshot.close();
    }
  };
  const withRunner = <T>({ blockNumber }: Query, run: (runner: CallRunner) => Promise<T>): Promise<T> =>
    onSnapshot((snapshot) => run(createCallRunner(snapshot, blockNumber, { engine, timeMs })));
  return {
    requests: {
      ready: () => undefined,
      call: (query) => withRunner(query, (runner) => runCall(query.request, runner, limits)),
      estimateGas: (query) => withRunner(query, (runner) => estimateGas(query.request, runner, { rules, limits })),
      proof: (query) => onSnapshot((snapshot) => proveState(snapshot, query, timeMs)),
    },
    notices: {},
  };
}
