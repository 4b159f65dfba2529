import {
  createPlainExecutor,
  type ExecuteOutcome,
  type ExecuteRequest,
  type PlainExecutorOptions,
} from '@heddle/executor';
import type { ExecutionRules } from '@heddle/primitives';
import { perRules } from './per-rules.ts';

/** Plain executors over one state, one for each set of rules that blocks ran under. */
export interface ForkExecutors {
  execute(rules: ExecutionRules, request: ExecuteRequest): Promise<ExecuteOutcome>;
}

/** Executors over `state` and `trie`, which stand at the parent of the block that is executed. */
export function createForkExecutors(chain: Omit<PlainExecutorOptions, 'rules'>): ForkExecutors {
  const executorFor = perRules((rules) => createPlainExecutor({ ...chain, rules }));
  return {
    execute: async (rules, request) => (await executorFor(rules)).execute(request),
  };
}
