import type { Hash } from '@heddle/primitives';
import type { BlockEnvironment, Engine, PreparedTransaction, RunControl } from '../engine.ts';
import type { StateDiff } from '../state/state-diff.ts';
import { type BlockInProgress, commitTransaction, finishBlock, type PlainBlock } from './block-outputs.ts';
import type { PlainState } from './plain-state.ts';

/** A block to execute on one thread, in order, without versions. */
export interface PlainRequest {
  readonly environment: BlockEnvironment;
  readonly transactions: readonly PreparedTransaction[];
  /** Word 0 not 0: stop at the next chance. */
  readonly cancel?: Int32Array;
  /** Before Byzantium: the root of the state so far, which each transaction's receipt holds. */
  readonly rootOf?: (diff: StateDiff) => Promise<Hash>;
}

/** What execution came to; `invalid`: the transaction with this index may not stand where it does. */
export type PlainOutcome =
  | ({ readonly status: 'executed' } & PlainBlock)
  | { readonly status: 'invalid'; readonly transactionIndex: number; readonly reason: string }
  | { readonly status: 'cancelled' };

/** geth's words for a transaction whose gas limit exceeds what the block has left. */
export const GAS_LIMIT_REACHED = 'gas limit reached';

/**
 * Executes a block on `state`, transaction after transaction: what the parallel executor must equal, and what queries
 * and small tools use. `state` is of no use afterwards unless the outcome is `executed`.
 */
export async function executePlainly(engine: Engine, request: PlainRequest, state: PlainState): Promise<PlainOutcome> {
  const { environment, transactions, rootOf } = request;
  const control = cancellable(request.cancel);
  const block: BlockInProgress = { state, transactions: [], outcomes: [], roots: [] };
  let gasLeft = environment.gasLimit;
  engine.beginBlock(environment);
  state.apply(await engine.runBlockStart(state));
  for (const [transactionIndex, prepared] of transactions.entries()) {
    const { transaction } = prepared;
    if (transaction.gasLimit > gasLeft) return { status: 'invalid', transactionIndex, reason: GAS_LIMIT_REACHED };
    const outcome = await engine.runTransaction(prepared, state, control);
    if (outcome.status === 'abandoned') return { status: 'cancelled' };
    if (outcome.status === 'invalid') return { status: 'invalid', transactionIndex, reason: outcome.reason };
    gasLeft -= outcome.gasUsed;
    commitTransaction(block, environment, { transaction, outcome });
    if (rootOf) block.roots.push(await rootOf(state.diff(environment.number)));
  }
  if (control.isAbandoned()) return { status: 'cancelled' };
  return { status: 'executed', ...(await finishBlock(engine, environment, block)) };
}

/** A control that ends runs once word 0 of `cancel` is not 0. */
export function cancellable(cancel: Int32Array | undefined): RunControl {
  return { isAbandoned: () => cancel !== undefined && Atomics.load(cancel, 0) !== 0 };
}
