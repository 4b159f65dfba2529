import type { TransactionAccesses } from './transaction-accesses.ts';

/** What a path's length is measured in. */
export type Weight = 'gas' | 'timeNs';

/** The path of true dependencies that takes longest, whatever the cores. */
export interface HeaviestPath {
  /** Places of its transactions, first to last. */
  readonly transactions: readonly number[];
  /** Of each of them but the first: the location through which it depends on the one before. */
  readonly throughs: readonly number[];
}

const NONE = -1;

/** Finds heaviest paths in a block, again and again in the same memory: fresh one would take as long as the finding. */
export class PathFinder {
  readonly accesses: TransactionAccesses;
  readonly #isIgnored: Uint8Array;
  /** Of each location: the heaviest path that ends with a change of it, and that change's transaction. */
  readonly #reached: Float64Array;
  readonly #changers: Int32Array;
  /** Of each transaction: which it follows on the heaviest path that ends with it, and through which location. */
  readonly #predecessors: Int32Array;
  readonly #throughs: Int32Array;
  /** The last transaction of the heaviest path that was found last. */
  #last = NONE;

  constructor(accesses: TransactionAccesses) {
    const { gas, locationCount } = accesses;
    this.accesses = accesses;
    this.#isIgnored = new Uint8Array(locationCount);
    this.#reached = new Float64Array(locationCount);
    this.#changers = new Int32Array(locationCount);
    this.#predecessors = new Int32Array(gas.length);
    this.#throughs = new Int32Array(gas.length);
  }

  /** Weight of the heaviest path, without the dependencies through `ignored` locations. */
  weight(weight: Weight, ignored: Iterable<number> = []): number {
    const { reads, sets, adds, [weight]: own } = this.accesses;
    const { numbers: readNumbers, ends: readEnds } = reads;
    const { numbers: setNumbers, ends: setEnds } = sets;
    const { numbers: addNumbers, ends: addEnds } = adds;
    const [changers, predecessors, throughs] = [this.#changers, this.#predecessors, this.#throughs];
    const reached = this.#reached.fill(0);
    const isIgnored = this.#isIgnored.fill(0);
    for (const location of ignored) isIgnored[location] = 1;
    let [read, set, add] = [0, 0, 0];
    let heaviest = 0;
    let last = NONE;
    for (let index = 0; index < own.length; index++) {
      let sum = 0;
      let through = NONE;
      for (const end = readEnds[index] ?? 0; read < end; read++) {
        const location = readNumbers[read] ?? 0;
        const before = reached[location] ?? 0;
        if (before <= sum || isIgnored[location] === 1) continue;
        sum = before;
        through = location;
      }
      throughs[index] = through;
      predecessors[index] = through === NONE ? NONE : (changers[through] ?? NONE);
      sum += own[index] ?? 0;
      for (const end = setEnds[index] ?? 0; set < end; set++) {
        const location = setNumbers[set] ?? 0;
        reached[location] = sum;
        changers[location] = index;
      }
      for (const end = addEnds[index] ?? 0; add < end; add++) {
        const location = addNumbers[add] ?? 0;
        if ((reached[location] ?? 0) >= sum) continue;
        reached[location] = sum;
        changers[location] = index;
      }
      if (sum <= heaviest) continue;
      heaviest = sum;
      last = index;
    }
    this.#last = last;
    return heaviest;
  }

  /** The path whose weight was told last. */
  lastPath(): HeaviestPath {
    const [transactions, throughs]: [number[], number[]] = [[], []];
    for (let at = this.#last; at !== NONE; at = this.#predecessors[at] ?? NONE) {
      transactions.push(at);
      if (this.#predecessors[at] !== NONE) throughs.push(this.#throughs[at] ?? 0);
    }
    return { transactions: transactions.reverse(), throughs: throughs.reverse() };
  }
}
