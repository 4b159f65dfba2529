import { encodeBlock, hashHeader, toQuantity, type Withdrawal } from '@heddle/primitives';
import type { BlockReading } from '../block-readings.ts';
import { headerJson } from './header-json.ts';
import { minedTransactionJson } from './transaction-json.ts';

/** How the transactions of a block appear. */
export type TransactionDetail = 'hashes' | 'full';

/** A block as geth spells it (`RPCMarshalBlock`). */
export function blockJson(reading: BlockReading, detail: TransactionDetail): Record<string, unknown> {
  const { block, hash } = reading.stored;
  const show = (index: number) => (detail === 'full' ? minedTransactionJson(reading, index) : reading.hashOf(index));
  return {
    ...headerJson(block.header, hash),
    size: toQuantity(encodeBlock(block).length),
    transactions: block.transactions.map((_, index) => show(index)),
    uncles: (block.ommers ?? []).map(hashHeader),
    ...(block.header.withdrawalsRoot !== undefined && { withdrawals: block.withdrawals.map(withdrawalJson) }),
  };
}

function withdrawalJson(withdrawal: Withdrawal): Record<string, unknown> {
  return {
    index: toQuantity(withdrawal.index),
    validatorIndex: toQuantity(withdrawal.validatorIndex),
    address: withdrawal.address,
    amount: toQuantity(withdrawal.amount),
  };
}
