/** Something that happens at a moment of virtual time. */
interface Entry {
  readonly atMs: number;
  readonly sequence: number;
  run: (() => void) | undefined;
}

/** The only time there is in a simulation: it stands still while code runs and jumps to the next event. */
export class VirtualTime {
  #nowMs = 0;
  #sequence = 0;
  readonly #heap: Entry[] = [];

  /** Milliseconds since the simulation began, with fractions. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Calls `run` once, `delayMs` from now; of several at one moment in the order asked. Gives the way to call it off. */
  after(delayMs: number, run: () => void): () => void {
    const entry: Entry = { atMs: this.#nowMs + Math.max(0, delayMs), sequence: this.#sequence++, run };
    this.#push(entry);
    return () => {
      entry.run = undefined;
    };
  }

  /** Jumps to the earliest event and runs it. False when nothing is to come. */
  step(): boolean {
    for (let entry = this.#pop(); entry; entry = this.#pop()) {
      if (!entry.run) continue; // called off
      this.#nowMs = entry.atMs;
      entry.run();
      return true;
    }
    return false;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let place = heap.length;
    heap.push(entry);
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above] as Entry;
      if (isBefore(parent, entry)) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Entry, heap[below] as Entry)) below++;
      if (isBefore(last, heap[below] as Entry)) break;
      heap[place] = heap[below] as Entry;
      place = below;
    }
    heap[place] = last;
    return first;
  }
}

function isBefore(left: Entry, right: Entry): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.sequence < right.sequence);
}
