import { assert, bloomOfLogs, type Receipt, type TransactionType } from '@heddle/primitives';
import type { ExecutedTransaction } from './engine.ts';

/** The receipts of a block's transactions in order: what each did, with the gas of all before it and its bloom. */
export function blockReceipts(
  outcomes: readonly Pick<ExecutedTransaction, 'succeeded' | 'gasUsed' | 'logs' | 'contractAddress'>[],
  transactions: readonly { readonly type: TransactionType }[],
): Receipt[] {
  assert(outcomes.length === transactions.length, 'each transaction has one outcome');
  let cumulativeGasUsed = 0n;
  return outcomes.map(({ succeeded, gasUsed, logs, contractAddress }, index) => {
    cumulativeGasUsed += gasUsed;
    const { type } = transactions[index] as { type: TransactionType };
    return { type, succeeded, gasUsed, cumulativeGasUsed, logs, logsBloom: bloomOfLogs(logs), contractAddress };
  });
}
