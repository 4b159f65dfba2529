import { assert, EMPTY_BLOOM, type Hash, type Hex, type Receipt, type TransactionType } from '@heddle/primitives';
import type { ExecutedTransaction } from './engine.ts';
import { type ReceiptsRoot, rootOfReceipts, type UnbloomedReceipt } from './trie/receipts-root.ts';

/** The receipts of a block, and what its header says of them. */
export interface BlockReceipts extends Pick<ReceiptsRoot, 'receiptsRoot' | 'logsBloom'> {
  readonly receipts: readonly Receipt[];
}

/**
 * The receipts of a block's transactions in order: what each did, with the gas of all before it and its bloom. `roots`:
 * before Byzantium, the state root after each (EIP-658).
 */
export function blockReceipts(
  outcomes: readonly Pick<ExecutedTransaction, 'succeeded' | 'gasUsed' | 'logs' | 'contractAddress'>[],
  transactions: readonly { readonly type: TransactionType }[],
  roots: readonly Hash[] = [],
): BlockReceipts {
  assert(outcomes.length === transactions.length, 'each transaction has one outcome');
  let cumulativeGasUsed = 0n;
  const unbloomed = outcomes.map(({ succeeded, gasUsed, logs, contractAddress }, index) => {
    cumulativeGasUsed += gasUsed;
    const { type } = transactions[index] as { type: TransactionType };
    const receipt = { type, succeeded, gasUsed, cumulativeGasUsed, logs, contractAddress };
    const stateRoot = roots[index];
    return stateRoot === undefined ? receipt : { ...receipt, stateRoot };
  });
  const { blooms, ...whole } = rootOfReceipts(unbloomed);
  return { receipts: unbloomed.map((receipt, index) => withBloom(receipt, blooms[index] ?? EMPTY_BLOOM)), ...whole };
}

/** Field by field, which takes a fraction of the time that it takes to spread the receipt. */
function withBloom(receipt: UnbloomedReceipt, logsBloom: Hex): Receipt {
  const { type, succeeded, gasUsed, cumulativeGasUsed, logs, contractAddress, stateRoot } = receipt;
  const bloomed = { type, succeeded, gasUsed, cumulativeGasUsed, logs, logsBloom, contractAddress };
  return stateRoot === undefined ? bloomed : { ...bloomed, stateRoot };
}
