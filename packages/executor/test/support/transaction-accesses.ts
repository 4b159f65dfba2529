import { NumberLists, type TransactionAccesses } from '../../src/transaction-accesses.ts';

/** One transaction: the locations that it reads and sets, and those to which it adds. */
export interface TransactionToList {
  readonly gas: number;
  /** Default: ten a gas. */
  readonly timeNs?: number;
  readonly reads?: readonly number[];
  readonly sets?: readonly number[];
  readonly adds?: readonly number[];
}

/** The accesses of a block of such transactions. */
export function accessesOf(transactions: readonly TransactionToList[]): TransactionAccesses {
  const lists = (all: readonly (readonly number[])[]) => {
    const made = new NumberLists(all.length);
    for (const list of all) {
      for (const number of list) made.push(number);
      made.end();
    }
    return made;
  };
  const [reads, sets, adds] = [
    transactions.map((transaction) => transaction.reads ?? []),
    transactions.map((transaction) => transaction.sets ?? []),
    transactions.map((transaction) => transaction.adds ?? []),
  ];
  return {
    gas: Float64Array.from(transactions, ({ gas }) => gas),
    timeNs: Float64Array.from(transactions, ({ gas, timeNs }) => timeNs ?? gas * 10),
    reads: lists(reads),
    sets: lists(sets),
    adds: lists(adds),
    locationCount: Math.max(-1, ...[...reads, ...sets, ...adds].flat()) + 1,
  };
}
