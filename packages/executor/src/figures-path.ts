import type { HotLocation, ParallelismBound } from './figures.ts';

/** One change of a location. `isAdded`: an amount that was added without looking (a fee). */
export interface Access {
  readonly location: number;
  readonly isAdded: boolean;
}

/** What one committed transaction read and changed; locations are any numbers that tell them apart. */
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
  const tInf = heaviestPath(transactions, weight, isIgnored).weight;
  const unlimited = tInf === 0 ? 1 : t1 / tInf;
  const on = (cores: number) => Math.min(cores, unlimited);
  return { t1, tInf, bound: { 2: on(2), 4: on(4), 8: on(8), 16: on(16), unlimited } };
}

/**
 * The locations that make the block serial, by gas: for each on the heaviest path, how much lighter the heaviest path
 * is without the dependencies through it. The others cannot gain anything. Largest gain first; of equal ones, by name.
 */
export function hotLocations(
  transactions: readonly TransactionAccesses[],
  nameOf: (location: number) => LocationName,
): HotLocation[] {
  const { weight: tInf, locations } = heaviestPath(transactions, 'gas');
  const named = [...locations].map(([location, count]) => ({ location, count, name: nameOf(location) }));
  named.sort((left, right) => right.count - left.count || compare(keyOf(left.name), keyOf(right.name)));
  const hot = named.slice(0, MAX_CANDIDATES).map(({ location, name }) => {
    const gain = tInf - heaviestPath(transactions, 'gas', (other) => other === location).weight;
    return { ...name, gain };
  });
  hot.sort((left, right) => right.gain - left.gain || compare(keyOf(left), keyOf(right)));
  return hot.slice(0, MAX_HOT);
}

/** The path of true dependencies that takes longest, whatever the cores. */
export interface HeaviestPath {
  readonly weight: number;
  /** Places of its transactions, first to last. */
  readonly transactions: readonly number[];
  /** Locations of its dependencies, and how many go through each. */
  readonly locations: ReadonlyMap<number, number>;
}

/** Who last wrote a location: the heaviest path that ends there. */
interface LastWrite {
  readonly weight: number;
  readonly writer: number;
}

/** The heaviest path, without the dependencies through locations that are `isIgnored`. */
export function heaviestPath(
  transactions: readonly TransactionAccesses[],
  weightKind: Weight,
  isIgnored: (location: number) => boolean = () => false,
): HeaviestPath {
  const lastWrites = new Map<number, LastWrite>();
  const cameFrom: { readonly writer: number; readonly location: number }[] = [];
  let heaviest: LastWrite = { weight: 0, writer: -1 };
  for (const [index, transaction] of transactions.entries()) {
    let before = 0;
    for (const location of transaction.reads) {
      const last = lastWrites.get(location);
      if (last === undefined || last.weight <= before || isIgnored(location)) continue;
      before = last.weight;
      cameFrom[index] = { writer: last.writer, location };
    }
    const reached = { weight: before + transaction[weightKind], writer: index };
    for (const { location, isAdded } of transaction.writes) {
      const last = lastWrites.get(location);
      if (!isAdded || last === undefined || last.weight < reached.weight) lastWrites.set(location, reached);
    }
    if (reached.weight > heaviest.weight) heaviest = reached;
  }
  const locations = new Map<number, number>();
  const places = heaviest.writer < 0 ? [] : [heaviest.writer];
  for (let at = cameFrom[heaviest.writer]; at !== undefined; at = cameFrom[at.writer]) {
    locations.set(at.location, (locations.get(at.location) ?? 0) + 1);
    places.push(at.writer);
  }
  return { weight: heaviest.weight, transactions: places.reverse(), locations };
}

function keyOf({ address, kind, slot }: Pick<HotLocation, 'address' | 'kind' | 'slot'>): string {
  return `${address} ${kind} ${slot ?? ''}`;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
