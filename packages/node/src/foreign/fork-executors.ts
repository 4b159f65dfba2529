import {
  createEthereumjsEngine,
  createPlainExecutor,
  type ExecuteOutcome,
  type ExecuteRequest,
  type Executor,
  type PlainExecutorOptions,
} from '@heddle/executor';
import type { ExecutionRules } from '@heddle/primitives';

/** Plain executors over one state, one for each set of rules that blocks ran under. */
export interface ForkExecutors {
  execute(rules: ExecutionRules, request: ExecuteRequest): Promise<ExecuteOutcome>;
}

/** Sets of rules that a chain goes through, and a few to spare; the oldest executor goes when there are more. */
const MAX_EXECUTORS = 24;

/** Executors over `state` and `trie`, which stand at the parent of the block that is executed. */
export function createForkExecutors(
  chain: Pick<PlainExecutorOptions, 'state' | 'trie' | 'readBlockHash'>,
): ForkExecutors {
  const executors = new Map<string, Promise<Executor>>();
  const executorFor = (rules: ExecutionRules): Promise<Executor> => {
    const key = JSON.stringify(rules, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    const known = executors.get(key);
    if (known !== undefined) return known;
    const made = createPlainExecutor({ ...chain, rules, createEngine: createEthereumjsEngine });
    executors.set(key, made);
    for (const oldest of executors.keys()) {
      if (executors.size <= MAX_EXECUTORS) break;
      executors.delete(oldest);
    }
    return made;
  };
  return {
    execute: async (rules, request) => (await executorFor(rules)).execute(request),
  };
}
