import type { Address } from '@heddle/primitives';
import type { ParallelismBound } from './figures.ts';
import { heaviestPath, type LocationName, parallelismBound, type TransactionAccesses } from './figures-path.ts';

/** What the transactions of a block read and changed; of each location, the place in `locations`. */
export interface BlockAccesses {
  readonly transactions: readonly TransactionAccesses[];
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
  const path = heaviestPath(transactions, 'gas');
  const onPath = (location: number) => path.locations.get(location) ?? 0;
  const nameOf = (location: number) => locations[location] as LocationName;
  const hot = [...met.keys()].filter((location) => (met.get(location)?.dependencies ?? 0) > 0);
  hot.sort((left, right) => onPath(right) - onPath(left) || compareBy(met, left, right));
  const accounts = groupByAddress(hot, nameOf);
  return {
    byGas: parallelismBound(transactions, 'gas'),
    byTime: parallelismBound(transactions, 'timeNs'),
    chain: path.transactions,
    locations: hot
      .slice(0, MAX_CANDIDATES)
      .map((location) => ({
        ...nameOf(location),
        ...(met.get(location) as Meeting),
        gain: gainOf(transactions, (other) => other === location),
      }))
      .sort(byGain)
      .slice(0, MAX_SHOWN),
    accounts: [...accounts]
      .slice(0, MAX_CANDIDATES)
      .map(([address, own]) => ({
        address,
        locations: own.length,
        dependencies: own.reduce((sum, location) => sum + (met.get(location)?.dependencies ?? 0), 0),
        gain: gainOf(transactions, (other) => nameOf(other).address === address),
      }))
      .sort(byGain)
      .slice(0, MAX_SHOWN),
    removals: removeOneByOne(transactions, nameOf),
  };
}

type Meeting = Pick<LimitingLocation, 'readers' | 'writers' | 'dependencies'>;

/** By location: who met there. */
function meetings(transactions: readonly TransactionAccesses[]): Map<number, Meeting> {
  const met = new Map<number, { readers: number; writers: number; dependencies: number }>();
  const at = (location: number) => {
    const one = met.get(location) ?? { readers: 0, writers: 0, dependencies: 0 };
    met.set(location, one);
    return one;
  };
  for (const { reads, writes } of transactions) {
    for (const location of new Set(reads)) {
      const meeting = at(location);
      meeting.readers++;
      if (meeting.writers > 0) meeting.dependencies++;
    }
    for (const location of new Set(writes.map((write) => write.location))) at(location).writers++;
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

function gainOf(transactions: readonly TransactionAccesses[], isRemoved: (location: number) => boolean): Gain {
  const gain = (weight: 'gas' | 'timeNs') =>
    heaviestPath(transactions, weight).weight - heaviestPath(transactions, weight, isRemoved).weight;
  return { gas: gain('gas'), timeNs: gain('timeNs') };
}

/** Takes away, again and again, the account of the heaviest path without which that path is shortest. */
function removeOneByOne(
  transactions: readonly TransactionAccesses[],
  nameOf: (location: number) => LocationName,
): Removal[] {
  const removed = new Set<Address>();
  const removals: Removal[] = [];
  while (removals.length < MAX_REMOVALS) {
    const path = heaviestPath(transactions, 'gas', (location) => removed.has(nameOf(location).address));
    const counts = new Map<Address, number>();
    for (const [location, count] of path.locations) {
      const { address } = nameOf(location);
      counts.set(address, (counts.get(address) ?? 0) + count);
    }
    // Of equal gains the one that most of the path goes through: the others may follow from it.
    const most = [...counts].sort(([, left], [, right]) => right - left).slice(0, MAX_CANDIDATES);
    const candidates = most.map(([address, count]) => {
      const without = (location: number) =>
        removed.has(nameOf(location).address) || nameOf(location).address === address;
      return { address, count, weight: heaviestPath(transactions, 'gas', without).weight };
    });
    candidates.sort((left, right) => left.weight - right.weight || right.count - left.count);
    const [best] = candidates;
    if (best === undefined) break; // what is left is one transaction
    removed.add(best.address);
    const ignored = (location: number) => removed.has(nameOf(location).address);
    removals.push({ address: best.address, bound: parallelismBound(transactions, 'gas', ignored).bound });
  }
  return removals;
}

function compareBy(met: ReadonlyMap<number, Meeting>, left: number, right: number): number {
  return (met.get(right)?.dependencies ?? 0) - (met.get(left)?.dependencies ?? 0) || left - right;
}

function byGain(left: Measured, right: Measured): number {
  return right.gain.gas - left.gain.gas || right.dependencies - left.dependencies;
}

interface Measured {
  readonly gain: Gain;
  readonly dependencies: number;
}
