import type { HotLocation, ParallelismBound } from './figures.ts';
import type { HeaviestPath, PathFinder, Weight } from './path-finder.ts';

/** What a location is to a reader. */
export type LocationName = Omit<HotLocation, 'gain'>;

/** Who the locations are. */
export interface LocationNames {
  /** Asked for those that are shown alone: finding a name costs a lookup. */
  nameOf(location: number): LocationName;
  /** Negative where `left` comes before `right`; 0 for none but the same. */
  compare(left: number, right: number): number;
}

/** Locations shown. */
const MAX_HOT = 16;
/** Locations of the heaviest path whose gain is looked for: each costs one more pass over the block. */
const MAX_CANDIDATES = 32;

/** T1, Tinf and the bounds (research: parallel-evm 5.1) in one weight, without dependencies through `ignored` locations. */
export function parallelismBound(finder: PathFinder, weight: Weight, ignored?: Iterable<number>): ParallelismBound {
  const t1 = finder.accesses[weight].reduce((sum, one) => sum + one, 0);
  const tInf = finder.weight(weight, ignored);
  const unlimited = tInf === 0 ? 1 : t1 / tInf;
  const on = (cores: number) => Math.min(cores, unlimited);
  return { t1, tInf, bound: { 2: on(2), 4: on(4), 8: on(8), 16: on(16), unlimited } };
}

/**
 * The locations that make the block serial, by gas: for each on the heaviest path, how much lighter the heaviest path
 * is without the dependencies through it. The others cannot gain anything. Largest gain first; of equal ones, by name.
 */
export function hotLocations(finder: PathFinder, { nameOf, compare }: LocationNames): HotLocation[] {
  const tInf = finder.weight('gas');
  const path = finder.lastPath();
  const { gas, locationCount } = finder.accesses;
  const left = heaviestPieces(path, gas, locationCount);
  const mostOf = (location: number) => tInf - (left[location] ?? 0);
  const candidates = candidatesOf(countEach(path.throughs, locationCount), compare);
  const hot: { location: number; gain: number }[] = [];
  for (const location of candidates.toSorted((one, other) => mostOf(other) - mostOf(one))) {
    const last = hot[MAX_HOT - 1];
    if (last !== undefined && mostOf(location) < last.gain) break; // a pass for each that may still be shown
    hot.push({ location, gain: tInf - finder.weight('gas', [location]) });
    hot.sort((one, other) => other.gain - one.gain || compare(one.location, other.location));
  }
  return hot.slice(0, MAX_HOT).map(({ location, gain }) => ({ ...nameOf(location), gain }));
}

/** Of each location: the heaviest piece into which the path falls without it. No path without it is lighter. */
function heaviestPieces(
  { transactions, throughs }: HeaviestPath,
  gas: Float64Array,
  locationCount: number,
): Float64Array {
  const heaviest = new Float64Array(locationCount);
  const starts = new Float64Array(locationCount);
  let sum = 0;
  for (const [place, transaction] of transactions.entries()) {
    sum += gas[transaction] ?? 0;
    const through = throughs[place];
    if (through === undefined) break; // the last
    heaviest[through] = Math.max(heaviest[through] ?? 0, sum - (starts[through] ?? 0));
    starts[through] = sum;
  }
  return heaviest.map((piece, location) => Math.max(piece, sum - (starts[location] ?? 0)));
}

/** How often each of so many locations is among `locations`. */
export function countEach(locations: readonly number[], locationCount: number): Uint32Array {
  const counts = new Uint32Array(locationCount);
  for (const location of locations) counts[location] = (counts[location] ?? 0) + 1;
  return counts;
}

/** The first MAX_CANDIDATES of those that are counted at all, the most frequent first; of equal ones, by name. */
function candidatesOf(counts: Uint32Array, compare: LocationNames['compare']): readonly number[] {
  const order = (left: number, right: number) => (counts[right] ?? 0) - (counts[left] ?? 0) || compare(left, right);
  const first: number[] = [];
  for (let location = 0; location < counts.length; location++) {
    if (counts[location] === 0) continue;
    const last = first.length < MAX_CANDIDATES ? undefined : first.at(-1);
    if (last !== undefined && order(last, location) < 0) continue; // a chain leads through thousands
    const place = first.findIndex((other) => order(location, other) < 0);
    first.splice(place < 0 ? first.length : place, 0, location);
    first.length = Math.min(first.length, MAX_CANDIDATES);
  }
  return first;
}
