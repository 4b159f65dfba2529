/**
 * What the committed transactions of a block read and changed, in their order. Locations are numbers. All is flat: a
 * block has tens of thousands of accesses, and each validator looks at them before it votes.
 */
export interface TransactionAccesses {
  readonly gas: Float64Array;
  readonly timeNs: Float64Array;
  /** Of each transaction: the locations whose values decided what it did. */
  readonly reads: NumberLists;
  /** Those that it changed. */
  readonly sets: NumberLists;
  /** Those that it changed by adding an amount without looking (a fee). */
  readonly adds: NumberLists;
  /** They are numbered from 0. */
  readonly locationCount: number;
}

/** So many lists of numbers, one behind another. */
export class NumberLists {
  /** With room for more behind them. */
  numbers = new Uint32Array(FIRST_CAPACITY);
  /** Of each list, where it ends. */
  readonly ends: Uint32Array;
  /** Numbers in all lists. */
  count = 0;
  #listCount = 0;

  constructor(listCount: number) {
    this.ends = new Uint32Array(listCount);
  }

  /** Appends to the list that is not ended yet. */
  push(number: number): void {
    if (this.count === this.numbers.length) this.#grow();
    this.numbers[this.count++] = number;
  }

  end(): void {
    this.ends[this.#listCount++] = this.count;
  }

  of(index: number): Uint32Array {
    return this.numbers.subarray(this.ends[index - 1] ?? 0, this.ends[index]);
  }

  /** The same without the numbers that `isKept` is false for. */
  filter(isKept: (number: number) => boolean): NumberLists {
    const kept = new NumberLists(this.ends.length);
    let at = 0;
    for (const end of this.ends) {
      for (; at < end; at++) {
        const number = this.numbers[at] ?? 0;
        if (isKept(number)) kept.push(number);
      }
      kept.end();
    }
    return kept;
  }

  #grow(): void {
    const { numbers } = this;
    this.numbers = new Uint32Array(numbers.length * 2);
    this.numbers.set(numbers);
  }
}

const FIRST_CAPACITY = 256;
