import type { Hash, Transaction } from '@heddle/primitives';
import type { BlockEnvironment, Engine, ExecutedTransaction } from '../engine.ts';
import { encodeRunResults, logsOf } from '../shared-memory/run-result.ts';
import type { StateDiff } from '../state/state-diff.ts';
import { type BlockReceipts, blockReceipts } from '../trie/receipts-root.ts';
import type { PlainState } from './plain-state.ts';

/** What a block's execution yields, apart from the roots of state, transactions and withdrawals. */
export interface PlainBlock extends BlockReceipts {
  /** In order, as they stand in the block. */
  readonly transactions: readonly Transaction[];
  readonly outcomes: readonly ExecutedTransaction[];
  readonly requestsHash: Hash;
  readonly diff: StateDiff;
}

/** Runs what comes after the last transaction, and sums the block up. */
export async function finishBlock(
  engine: Engine,
  environment: BlockEnvironment,
  { state, transactions, outcomes, roots }: BlockInProgress,
): Promise<PlainBlock> {
  const results = encodeRunResults(outcomes);
  const { writes, requestsHash } = await engine.runBlockEnd(state, (contract) => logsOf(results, contract));
  state.apply(writes);
  const heads = transactions.map(({ type }, index) => {
    return { type, gasUsed: Number(outcomes[index]?.gasUsed), stateRoot: roots[index] };
  });
  return {
    transactions,
    outcomes,
    ...blockReceipts(heads, results),
    requestsHash,
    diff: state.diff(environment.number),
  };
}

/** The transactions that stand in a block so far, and the state after them. */
export interface BlockInProgress {
  readonly state: PlainState;
  readonly transactions: Transaction[];
  readonly outcomes: ExecutedTransaction[];
  /** Before Byzantium: the state root after each. */
  readonly roots: Hash[];
}

/** Makes `outcome` part of the block. */
export function commitTransaction(
  { state, transactions, outcomes }: BlockInProgress,
  environment: BlockEnvironment,
  { transaction, outcome }: { readonly transaction: Transaction; readonly outcome: ExecutedTransaction },
): void {
  state.apply(outcome.writes);
  state.credit(environment.beneficiary, outcome.feeCredit);
  transactions.push(transaction);
  outcomes.push(outcome);
}
