import type { Database, DatabaseSnapshot, Engine, KeyValueSource } from '@heddle/executor';
import type { ExecutionRules, Header } from '@heddle/primitives';
import { readHeader } from '../chain/block-records.ts';
import type { Handlers } from '../threads/port-rpc.ts';
import { type CallRunner, createCallRunner } from './call-runner.ts';
import { estimateGas } from './estimate-gas.ts';
import { proveState } from './prove-state.ts';
import type { QueryLimits } from './query-limits.ts';
import type { Query, QueryForRpc } from './rpc-boundary.ts';
import { runCall } from './run-call.ts';

/** What runs the calls on a block. */
export interface BlockEngine {
  readonly engine: Engine;
  readonly rules: ExecutionRules;
}

/** What a query thread's service stands on. */
export interface QueryServiceOptions extends BlockEngine {
  readonly database: Database;
  readonly limits: QueryLimits;
  /** Of a chain that goes through forks: what runs calls on the block with this header; undefined: the one engine. */
  engineAt?(header: Header): Promise<BlockEngine | undefined>;
}

/** Answers queries, each on a snapshot of its own. One at a time: the engine has one state. */
export function createQueryService(options: QueryServiceOptions): Handlers<QueryForRpc> {
  const { database, limits } = options;
  const { timeMs } = limits;
  const onSnapshot = async <T>(run: (snapshot: DatabaseSnapshot) => Promise<T>): Promise<T> => {
    const snapshot = database.snapshot();
    try {
      return await run(snapshot);
    } finally {
      snapshot.close();
    }
  };
  const withRunner = <T>(
    { blockNumber }: Query,
    run: (runner: CallRunner, rules: ExecutionRules) => Promise<T>,
  ): Promise<T> =>
    onSnapshot(async (snapshot) => {
      const { engine, rules } = await engineOf(snapshot, blockNumber, options);
      return run(createCallRunner(snapshot, blockNumber, { engine, timeMs }), rules);
    });
  return {
    requests: {
      ready: () => undefined,
      call: (query) => withRunner(query, (runner) => runCall(query.request, runner, limits)),
      estimateGas: (query) =>
        withRunner(query, (runner, rules) => estimateGas(query.request, runner, { rules, limits })),
      proof: (query) => onSnapshot((snapshot) => proveState(snapshot, query, timeMs)),
    },
    notices: {},
  };
}

/** A block that is not there has no rules of its own: the runner says that it is unknown. */
async function engineOf(
  source: KeyValueSource,
  blockNumber: number,
  options: QueryServiceOptions,
): Promise<BlockEngine> {
  const header = options.engineAt && readHeader(source, blockNumber)?.header;
  return (header && (await options.engineAt?.(header))) ?? options;
}
