import type { HotLocation, ParallelismBound } from './figures.ts';

/** One change of a location. `isAdded`: an amount that was added without looking (a fee). */
export interface Access {
  readonly location: number;
  readonly isAdded: boolean;
}

/** What one committed transaction read and changed; the locations of a block are numbered from 0 without large gaps. */
export interface TransactionAccesses {
  readonly gas: number;
  readonly timeNs: number;
  /** Whose values decided what it did. */
  readonly reads: readonly number[];
  /** Only where the value differs from the one before. */
  readonly writes: readonly Access[];
}

/** What a location is to a reader: computed only for the few that are shown, since finding a name costs a lookup. */
export type LocationName = Omit<HotLocation, 'gain'>;

/** Locations shown. */
const MAX_HOT = 16;
/** Locations of the heaviest path whose gain is computed: each costs one more pass over the block. */
const MAX_CANDIDATES = 32;

/** What a path's length is measured in. */
export type Weight = 'gas' | 'timeNs';

/** T1, Tinf and the bounds (research: parallel-evm 5.1) in one weight. */
export function parallelismBound(
  transactions: readonly TransactionAccesses[],
  weight: Weight,
  isIgnored?: (location: number) => boolean,
): ParallelismBound {
  const t1 = transactions.reduce((sum, transaction) => sum + transaction[weight], 0);
  const tInf = findPath(transactions, weight, isIgnored).weight;
  const unlimited = tInf === 0 ? 1 : t1 / tInf;
  const on = (cores: number) => Math.min(cores, unlimited);
  return { t1, tInf, bound: { 2: on(2), 4: on(4), 8: on(8), 16: on(16), unlimited } };
}

/**
 * The locations that make the block serial, by gas: for each on the heaviest path, how much lighter the heaviest path
 * is without the dependencies through it. The others cannot gain anything. Largest gain first; of equal ones, by name.
 */
export function hotLocations(
  all: readonly TransactionAccesses[],
  nameOf: (location: number) => LocationName,
): HotLocation[] {
  const transactions = onlyDependencies(all);
  const { weight: tInf, locations } = heaviestPath(transactions, 'gas');
  const hot = candidatesOf(locations, nameOf).map(({ location, key, name }) => {
    const gain = tInf - findPath(transactions, 'gas', (other) => other === location).weight;
    return { key, shown: { ...name, gain } };
  });
  hot.sort((left, right) => right.shown.gain - left.shown.gain || compare(left.key, right.key));
  return hot.slice(0, MAX_HOT).map(({ shown }) => shown);
}

/** The same block without reads of what nobody has written before and writes that nobody reads: most of all accesses. */
function onlyDependencies(transactions: readonly TransactionAccesses[]): TransactionAccesses[] {
  const locationCount = countLocations(transactions);
  const isWritten = new Uint8Array(locationCount);
  const isRead = new Uint8Array(locationCount);
  const reads = transactions.map((transaction) => {
    const needed = transaction.reads.filter((location) => isWritten[location] === 1);
    for (const location of needed) isRead[location] = 1;
    for (const { location } of transaction.writes) isWritten[location] = 1;
    return needed;
  });
  return transactions.map((transaction, index) => ({
    ...transaction,
    reads: reads[index] ?? [],
    writes: transaction.writes.filter(({ location }) => isRead[location] === 1),
  }));
}

interface Candidate {
  readonly location: number;
  readonly count: number;
  readonly name: LocationName;
  readonly key: string;
}

/** The first MAX_CANDIDATES of `locations`, most dependencies first; of equal ones, by name. */
function candidatesOf(
  locations: ReadonlyMap<number, number>,
  nameOf: (location: number) => LocationName,
): readonly Candidate[] {
  const first: Candidate[] = [];
  for (const [location, count] of locations) {
    const last = first.length < MAX_CANDIDATES ? undefined : first.at(-1);
    if (last !== undefined && count < last.count) continue; // a chain leads through thousands
    const name = nameOf(location);
    const key = keyOf(name);
    if (last !== undefined && !isBefore({ count, key }, last)) continue;
    const place = first.findIndex((other) => isBefore({ count, key }, other));
    first.splice(place < 0 ? first.length : place, 0, { location, count, name, key });
    first.length = Math.min(first.length, MAX_CANDIDATES);
  }
  return first;
}

function isBefore(left: Pick<Candidate, 'count' | 'key'>, right: Pick<Candidate, 'count' | 'key'>): boolean {
  return left.count > right.count || (left.count === right.count && left.key < right.key);
}

/** The path of true dependencies that takes longest, whatever the cores. */
export interface HeaviestPath {
  readonly weight: number;
  /** Places of its transactions, first to last. */
  readonly transactions: readonly number[];
  /** Locations of its dependencies, and how many go through each. */
  readonly locations: ReadonlyMap<number, number>;
}

/** The heaviest path, without the dependencies through locations that are `isIgnored`. */
export function heaviestPath(
  transactions: readonly TransactionAccesses[],
  weightKind: Weight,
  isIgnored?: (location: number) => boolean,
): HeaviestPath {
  const { weight, last, predecessors, throughs } = findPath(transactions, weightKind, isIgnored);
  return { weight, ...pathTo(last, predecessors, throughs) };
}

/** How the heaviest path is found back from its last transaction, which most of those who ask do not need to know. */
interface FoundPath {
  readonly weight: number;
  readonly last: number;
  /** Of each transaction: which it follows on the heaviest path that ends with it, and through which location. */
  readonly predecessors: Int32Array;
  readonly throughs: Int32Array;
}

function findPath(
  transactions: readonly TransactionAccesses[],
  weightKind: Weight,
  isIgnored: (location: number) => boolean = () => false,
): FoundPath {
  const locationCount = countLocations(transactions);
  // Of each location: the heaviest path that ends with a write of it, and that write's transaction.
  const writeWeights = new Float64Array(locationCount);
  const writers = new Int32Array(locationCount);
  const predecessors = new Int32Array(transactions.length).fill(NONE);
  const throughs = new Int32Array(transactions.length);
  let weight = 0;
  let last = NONE;
  for (let index = 0; index < transactions.length; index++) {
    const transaction = transactions[index] as TransactionAccesses;
    let before = 0;
    for (const location of transaction.reads) {
      const reached = writeWeights[location] ?? 0;
      if (reached <= before || isIgnored(location)) continue;
      before = reached;
      predecessors[index] = writers[location] ?? NONE;
      throughs[index] = location;
    }
    const reached = before + transaction[weightKind];
    for (const { location, isAdded } of transaction.writes) {
      if (isAdded && (writeWeights[location] ?? 0) >= reached) continue;
      writeWeights[location] = reached;
      writers[location] = index;
    }
    if (reached <= weight) continue;
    weight = reached;
    last = index;
  }
  return { weight, last, predecessors, throughs };
}

const NONE = -1;

function countLocations(transactions: readonly TransactionAccesses[]): number {
  let count = 0;
  for (const { reads, writes } of transactions) {
    for (const location of reads) count = Math.max(count, location + 1);
    for (const { location } of writes) count = Math.max(count, location + 1);
  }
  return count;
}

function pathTo(last: number, predecessors: Int32Array, throughs: Int32Array): Omit<HeaviestPath, 'weight'> {
  const locations = new Map<number, number>();
  const transactions: number[] = [];
  for (let at = last; at !== NONE; at = predecessors[at] ?? NONE) {
    transactions.push(at);
    const through = throughs[at] ?? 0;
    if (predecessors[at] !== NONE) locations.set(through, (locations.get(through) ?? 0) + 1);
  }
  return { transactions: transactions.reverse(), locations };
}

function keyOf({ address, kind, slot }: Pick<HotLocation, 'address' | 'kind' | 'slot'>): string {
  return `${address} ${kind} ${slot ?? ''}`;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
