/** A binary heap: `pop` gives the item that `isBefore` puts before all others. */
export class Heap<T> {
  readonly #items: T[];
  readonly #isBefore: (left: T, right: T) => boolean;

  /** Takes `items` over and orders them in linear time. */
  constructor(items: T[], isBefore: (left: T, right: T) => boolean) {
    this.#items = items;
    this.#isBefore = isBefore;
    for (let index = (items.length >> 1) - 1; index >= 0; index--) this.#sink(index);
  }

  /** The first item, which stays. */
  peek(): T | undefined {
    return this.#items[0];
  }

  pop(): T | undefined {
    const first = this.#items[0];
    const last = this.#items.pop();
    if (first === undefined || last === undefined || this.#items.length === 0) return first;
    this.#items[0] = last;
    this.#sink(0);
    return first;
  }

  /** Puts `item` in the place of the first one: cheaper than a pop and a push. */
  replaceFirst(item: T): void {
    this.#items[0] = item;
    this.#sink(0);
  }

  #sink(start: number): void {
    const items = this.#items;
    const item = items[start];
    if (item === undefined) return;
    let hole = start;
    for (;;) {
      const leftIndex = 2 * hole + 1;
      const left = items[leftIndex];
      if (left === undefined) break;
      const right = items[leftIndex + 1];
      const takesRight = right !== undefined && this.#isBefore(right, left);
      const child = takesRight ? right : left;
      if (!this.#isBefore(child, item)) break;
      items[hole] = child;
      hole = takesRight ? leftIndex + 1 : leftIndex;
    }
    items[hole] = item;
  }
}
