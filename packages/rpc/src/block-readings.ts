import {
  type Address,
  assert,
  decodeTransaction,
  keccak256Hex,
  type Receipt,
  type Transaction,
} from '@heddle/primitives';
import type { Head } from './head-feed.ts';
import type { ChainView, StoredBlock } from './ports.ts';

/** What the logs of a block need. */
export interface LoggedBlock {
  readonly stored: StoredBlock;
  readonly number: number;
  hashOf(index: number): string;
  receipts(): readonly Receipt[];
  /** Place in the block of the first log of transaction `index`. */
  firstLogIndex(index: number): number;
}

/** One block with all that answers need of it. Parts are read and decoded at their first use and kept. */
export interface BlockReading extends LoggedBlock {
  readonly transactionCount: number;
  transaction(index: number): Transaction;
  sender(index: number): Address;
}

/** Readings of the blocks last asked for: wallets ask for every receipt of a block one by one. */
export interface BlockReadings {
  /** The block at `number`; undefined above the view's head. */
  read(view: ChainView, number: number): BlockReading | undefined;
  /** Takes up a new head, whose receipts are asked for next. */
  add(head: Head): LoggedBlock;
}

/** Keeps `limit` readings, the ones used last. A decided block never changes, so nothing goes stale. */
export function createBlockReadings(limit: number): BlockReadings {
  const kept = new Map<number, StoredReading>();
  const keep = (reading: StoredReading) => {
    kept.delete(reading.number);
    kept.set(reading.number, reading);
    if (kept.size > limit) for (const oldest of kept.keys()) return void kept.delete(oldest);
  };
  return {
    read(view, number) {
      if (number > view.headNumber) return undefined;
      const found = kept.get(number) ?? load(view, number);
      if (found === undefined) return undefined;
      keep(found);
      return found.seenFrom(view);
    },
    add({ hash, block, receipts }) {
      const number = block.header.number;
      // A request may have read the block between its commit and this news of it.
      const reading = kept.get(number) ?? new StoredReading({ hash, block });
      reading.know(receipts);
      keep(reading);
      return reading.seenFrom(undefined);
    },
  };
}

function load(view: ChainView, number: number): StoredReading | undefined {
  const stored = view.blockByNumber(number);
  return stored && new StoredReading(stored);
}

/** The kept part of a reading; what is not in it yet comes from whichever view is at hand. */
class StoredReading {
  readonly stored: StoredBlock;
  readonly number: number;
  readonly #hashes: string[] = [];
  readonly #transactions: Transaction[] = [];
  #receipts: readonly Receipt[] | undefined;
  #senders: readonly Address[] | undefined;
  #firstLogs: readonly number[] | undefined;

  constructor(stored: StoredBlock) {
    this.stored = stored;
    this.number = stored.block.header.number;
  }

  know(receipts: readonly Receipt[]): void {
    this.#receipts ??= receipts;
  }

  /** `view` undefined: for what a new head brought along, its receipts. */
  seenFrom(view: ChainView | undefined): BlockReading {
    return {
      stored: this.stored,
      number: this.number,
      transactionCount: this.stored.block.transactions.length,
      hashOf: (index) => this.#hashOf(index),
      transaction: (index) => this.#transaction(index),
      sender: (index) => at(this.#sendersFrom(view), index),
      receipts: () => this.#receiptsFrom(view),
      firstLogIndex: (index) => at(this.#firstLogsFrom(view), index),
    };
  }

  #hashOf(index: number): string {
    this.#hashes[index] ??= keccak256Hex(at(this.stored.block.transactions, index));
    return at(this.#hashes, index);
  }

  #transaction(index: number): Transaction {
    this.#transactions[index] ??= decodeTransaction(at(this.stored.block.transactions, index));
    return at(this.#transactions, index);
  }

  #receiptsFrom(view: ChainView | undefined): readonly Receipt[] {
    this.#receipts ??= view?.receipts(this.number);
    assert(this.#receipts !== undefined, `the receipts of decided block ${this.number} are missing`);
    return this.#receipts;
  }

  #sendersFrom(view: ChainView | undefined): readonly Address[] {
    this.#senders ??= view?.senders(this.number);
    assert(this.#senders !== undefined, `the senders of decided block ${this.number} are missing`);
    return this.#senders;
  }

  #firstLogsFrom(view: ChainView | undefined): readonly number[] {
    if (this.#firstLogs === undefined) {
      let count = 0;
      this.#firstLogs = this.#receiptsFrom(view).map(({ logs }) => {
        count += logs.length;
        return count - logs.length;
      });
    }
    return this.#firstLogs;
  }
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  assert(item !== undefined, `a block has no item ${index} of ${items.length}`);
  return item;
}
