import {
  createPlainExecutor,
  type ExecuteOutcome,
  type ExecuteRequest,
  type PlainExecutor,
  type PlainExecutorOptions,
} from '@heddle/executor';
import type { ExecutionRules, Hash } from '@heddle/primitives';
import { perRules } from './per-rules.ts';

/** Executors over one state, one for each set of rules that blocks ran under. */
export interface ForkExecutors {
  execute(rules: ExecutionRules, request: ExecuteRequest): Promise<ExecuteOutcome>;
}

/** {@link ForkExecutors} that run blocks plainly. */
export interface PlainForkExecutors extends ForkExecutors {
  /** The block that was executed last, to `stateRoot`, is in the state now. */
  apply(stateRoot: Hash): void;
}

/**
 * Executors over `state` and `trie`, which stand at the parent of the block that is executed. With `keepsState` the state
 * moves by `apply` alone.
 */
export function createForkExecutors(chain: Omit<PlainExecutorOptions, 'rules'>): PlainForkExecutors {
  const executorFor = perRules((rules) => createPlainExecutor({ ...chain, rules }));
  let last: PlainExecutor | undefined;
  return {
    async execute(rules, request) {
      const executor = await executorFor(rules);
      // Another has moved the state since this one ran a block, if it ever did.
      if (last !== undefined && executor !== last) executor.forgetState();
      last = executor;
      return executor.execute(request);
    },
    apply: (stateRoot) => last?.apply(stateRoot),
  };
}
