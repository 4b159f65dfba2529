import type { Address } from '@heddle/primitives';
import type { ParallelismBound } from './figures.ts';
import { countEach, type LocationName, parallelismBound } from './figures-path.ts';
import { PathFinder } from './path-finder.ts';
import type { TransactionAccesses } from './transaction-accesses.ts';

/** What the transactions of a block read and changed. */
export interface BlockAccesses {
  readonly transactions: TransactionAccesses;
  /** By their numbers. */
  readonly locations: readonly LocationName[];
  /** Transactions that used up their speculative runs and waited for their turn at the frontier. */
  readonly deferrals: number;
}

/** How much shorter the heaviest path would be without something: gas, and nanoseconds. */
export interface Gain {
  readonly gas: number;
  readonly timeNs: number;
}

/** A location on which transactions met. */
export interface LimitingLocation extends LocationName {
  /** Transactions that what stood there decided something for. */
  readonly readers: number;
  /** Transactions that changed it. */
  readonly writers: number;
  /** Readers behind a writer: the true dependencies through it. */
  readonly dependencies: number;
  readonly gain: Gain;
}

/** An account, with all of its fields and slots. */
export interface LimitingAccount {
  readonly address: Address;
  /** Locations of it on which transactions met. */
  readonly locations: number;
  readonly dependencies: number;
  readonly gain: Gain;
}

/** The bound once this account, and all those before it in the list, are out of the way. */
export interface Removal {
  readonly address: Address;
  readonly bound: ParallelismBound['bound'];
}

/** What keeps a block from being run faster on more cores. */
export interface BlockLimits {
  readonly byGas: ParallelismBound;
  readonly byTime: ParallelismBound;
  /** Places of the transactions on the heaviest path by gas, first to last. */
  readonly chain: readonly number[];
  /** Hottest (largest gain) first, at most {@link MAX_SHOWN}. */
  readonly locations: readonly LimitingLocation[];
  readonly accounts: readonly LimitingAccount[];
  /** Of the accounts that, taken away one after another, help most. */
  readonly removals: readonly Removal[];
}

/** Locations, and accounts, that are told of. */
const MAX_SHOWN = 10;
/** Locations, and accounts, whose gain is computed: each costs two passes over the block. */
const MAX_CANDIDATES = 64;
const MAX_REMOVALS = 5;

/**
 * What limits a block (research: parallel-evm 5.2): the gain of each location, and of each account as a whole, if
 * nothing depended on anything through it. A transaction may depend on another through two of them, so that neither alone
 * gains anything; `removals` shows what several do together. By gas, so that it is the same wherever it is computed.
 */
export function blockLimits({ transactions, locations }: Omit<BlockAccesses, 'deferrals'>): BlockLimits {
  const met = meetings(transactions);
  const finder = new PathFinder(transactions);
  const byGas = parallelismBound(finder, 'gas');
  const path = finder.lastPath();
  const byTime = parallelismBound(finder, 'timeNs');
  const gainOf = (removed: readonly number[]): Gain => ({
    gas: byGas.tInf - finder.weight('gas', removed),
    timeNs: byTime.tInf - finder.weight('timeNs', removed),
  });
  const nameOf = (location: number) => locations[location] as LocationName;
  const dependenciesOf = (location: number) => met[location]?.dependencies ?? 0;
  const onPath = countEach(path.throughs, locations.length);
  const order = (left: number, right: number) =>
    (onPath[right] ?? 0) - (onPath[left] ?? 0) || dependenciesOf(right) - dependenciesOf(left) || left - right;
  const hot = [...met.keys()].filter((location) => dependenciesOf(location) > 0).sort(order);
  const accounts = groupByAddress(hot, nameOf);
  return {
    byGas,
    byTime,
    chain: path.transactions,
    locations: hot
      .slice(0, MAX_CANDIDATES)
      .map((location) => ({
        ...nameOf(location),
        ...(met[location] as Meeting),
        gain: gainOf([location]),
      }))
      .sort(byGain)
      .slice(0, MAX_SHOWN),
    accounts: [...accounts]
      .slice(0, MAX_CANDIDATES)
      .map(([address, own]) => ({
        address,
        locations: own.length,
        dependencies: own.reduce((sum, location) => sum + dependenciesOf(location), 0),
        gain: gainOf(own),
      }))
      .sort(byGain)
      .slice(0, MAX_SHOWN),
    removals: removeOneByOne(finder, accounts, nameOf),
  };
}

type Meeting = Pick<LimitingLocation, 'readers' | 'writers' | 'dependencies'>;

/** Of each location: who met there. */
function meetings({ reads, sets, adds, locationCount }: TransactionAccesses): Meeting[] {
  const met = Array.from({ length: locationCount }, () => ({ readers: 0, writers: 0, dependencies: 0 }));
  const at = (locations: readonly number[]) => new Set(locations.flatMap((location) => met[location] ?? []));
  for (const index of reads.ends.keys()) {
    for (const meeting of at([...reads.of(index)])) {
      meeting.readers++;
      if (meeting.writers > 0) meeting.dependencies++;
    }
    for (const meeting of at([...sets.of(index), ...adds.of(index)])) meeting.writers++;
  }
  return met;
}

function groupByAddress(hot: readonly number[], nameOf: (location: number) => LocationName) {
  const accounts = new Map<Address, number[]>();
  for (const location of hot) {
    const { address } = nameOf(location);
    const own = accounts.get(address);
    if (own === undefined) accounts.set(address, [location]);
    else own.push(location);
  }
  return accounts;
}

/**
 * Takes away, again and again, the account of the heaviest path without which that path is shortest. `accounts`: the
 * locations of each on which transactions met.
 */
function removeOneByOne(
  finder: PathFinder,
  accounts: ReadonlyMap<Address, readonly number[]>,
  nameOf: (location: number) => LocationName,
): Removal[] {
  const removed: number[] = [];
  const removals: Removal[] = [];
  while (removals.length < MAX_REMOVALS) {
    finder.weight('gas', removed);
    const { throughs } = finder.lastPath();
    const counts = new Map<Address, number>();
    for (const location of throughs.toReversed()) {
      const { address } = nameOf(location);
      counts.set(address, (counts.get(address) ?? 0) + 1);
    }
    // Of equal gains the one that most of the path goes through: the others may follow from it.
    const most = [...counts].sort(([, left], [, right]) => right - left).slice(0, MAX_CANDIDATES);
    const candidates = most.map(([address, count]) => {
      const own = accounts.get(address) ?? [];
      return { address, count, own, weight: finder.weight('gas', [...removed, ...own]) };
    });
    candidates.sort((left, right) => left.weight - right.weight || right.count - left.count);
    const [best] = candidates;
    if (best === undefined) break; // what is left is one transaction
    removed.push(...best.own);
    removals.push({ address: best.address, bound: parallelismBound(finder, 'gas', removed).bound });
  }
  return removals;
}

function byGain(left: Measured, right: Measured): number {
  return right.gain.gas - left.gain.gas || right.dependencies - left.dependencies;
}

interface Measured {
  readonly gain: Gain;
  readonly dependencies: number;
}
