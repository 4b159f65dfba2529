import type { Hash, Transaction } from '@heddle/primitives';
import type { BlockEnvironment, Engine, ExecutedTransaction } from '../engine.ts';
import { type BlockReceipts, blockReceipts } from '../receipts.ts';
import type { StateDiff } from '../state/state-diff.ts';
import type { PlainState } from './plain-state.ts';

/** What a block's execution yields, apart from the roots of state, transactions and withdrawals. */
export interface PlainBlock extends BlockReceipts {
  /** In order, as they stand in the block. */
  readonly transactions: readonly Transaction[];
  readonly outcomes: readonly ExecutedTransaction[];
  readonly gasUsed: bigint;
  readonly requestsHash: Hash;
  readonly diff: StateDiff;
}

/** Runs what comes after the last transaction, and sums the block up. */
export async function finishBlock(
  engine: Engine,
  environment: BlockEnvironment,
  { state, transactions, outcomes, roots }: BlockInProgress,
): Promise<PlainBlock> {
  const { writes, requestsHash } = await engine.runBlockEnd(
    state,
    outcomes.map(({ logs }) => logs),
  );
  state.apply(writes);
  const receipts = blockReceipts(outcomes, transactions, roots);
  return {
    transactions,
    outcomes,
    ...receipts,
    gasUsed: receipts.receipts.at(-1)?.cumulativeGasUsed ?? 0n,
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
