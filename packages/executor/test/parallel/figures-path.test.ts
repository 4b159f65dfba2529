import type { Address } from '@heddle/primitives';
import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it, vi } from 'vitest';
import { hotLocations, parallelismBound } from '../../src/figures-path.ts';
import { PathFinder } from '../../src/path-finder.ts';
import { accessesOf, type TransactionToList } from '../support/transaction-accesses.ts';

const finderOf = (block: readonly TransactionToList[]) => new PathFinder(accessesOf(block));

const nameOf = (location: number) => ({
  address: `0x${location.toString(16).padStart(40, '0')}` as Address,
  kind: 'balance' as const,
  slot: undefined,
  reExecutions: 0,
});
const names = { nameOf, compare: (left: number, right: number) => left - right };

describe('the bound of a block', () => {
  it('is the number of transactions when none needs another', () => {
    const block = [1, 2, 3, 4].map((location) => ({ gas: 100, reads: [location], sets: [location] }));
    expect(parallelismBound(finderOf(block), 'gas')).toEqual({
      t1: 400,
      tInf: 100,
      bound: { 2: 2, 4: 4, 8: 4, 16: 4, unlimited: 4 },
    });
    expect(hotLocations(finderOf(block), names)).toEqual([]);
  });

  it('is one for a chain, whatever the cores', () => {
    const block = [1, 2, 3].map(() => ({ gas: 100, reads: [7], sets: [7] }));
    expect(parallelismBound(finderOf(block), 'timeNs')).toMatchObject({
      t1: 3_000,
      tInf: 3_000,
      bound: { 2: 1, unlimited: 1 },
    });
  });

  it('counts a write without a read as no dependency on the writes before it', () => {
    const block = [
      { gas: 500, sets: [7] },
      { gas: 100, sets: [7] },
      { gas: 100, reads: [7] },
    ];
    expect(parallelismBound(finderOf(block), 'gas').tInf).toBe(500);
  });

  it('makes who reads what was added to wait for all who added', () => {
    const block = [
      { gas: 300, adds: [7] },
      { gas: 100, adds: [7] },
      { gas: 50, reads: [7] },
    ];
    expect(parallelismBound(finderOf(block), 'gas').tInf).toBe(350);
  });

  it('is 1 for an empty block', () => {
    expect(parallelismBound(finderOf([]), 'gas').bound.unlimited).toBe(1);
  });
});

describe('hot locations', () => {
  it('come with what the block gains without them, largest first', () => {
    const block = [
      { gas: 100, reads: [7], sets: [7] },
      { gas: 100, reads: [7], sets: [7, 8] },
      { gas: 100, reads: [8], sets: [9] },
      { gas: 10, reads: [9] },
    ];
    expect(parallelismBound(finderOf(block), 'gas').tInf).toBe(310);
    const gains = hotLocations(finderOf(block), names).map(({ address, gain }) => [Number(address), gain]);
    expect(gains).toEqual([
      [8, 110],
      [7, 100],
      [9, 10],
    ]);
  });

  it('are at most sixteen', () => {
    const block = Array.from({ length: 40 }, (_, index) => ({ gas: 10, reads: [index], sets: [index + 1] }));
    const finder = finderOf(block);
    const passes = vi.spyOn(finder, 'weight');
    expect(hotLocations(finder, names)).toHaveLength(16);
    expect(passes.mock.calls.length).toBeLessThan(20); // of 32 that could be: the others cannot gain so much
  });

  it('are what the definition gives', () => {
    const random = createRandom(seedFromEnvironment('hot locations', 1));
    let most = 0;
    for (let round = 0; round < 400; round++) {
      const isLong = round % 10 === 0;
      const last = random.int(1, isLong ? 120 : 40);
      const some = (count: number) => Array.from({ length: random.int(0, count) }, () => random.int(0, last));
      let recent = 0;
      const block = Array.from({ length: isLong ? 200 : 40 }, () => {
        const reads = random.chance(0.7) ? [...some(1), recent] : some(2);
        recent = random.int(0, last);
        return { gas: random.int(1, isLong ? 9 : 2), reads, sets: [...some(1), recent], adds: some(1) };
      });
      expect(hotLocations(finderOf(block), names)).toEqual(plainHotLocations(block));
      most = Math.max(most, new Set(pathOf(block)).size);
    }
    expect(most).toBeGreaterThan(40); // more than are tried
  });
});

/** By the definition: all candidates sorted, and each gain looked for anew. */
function plainHotLocations(block: readonly TransactionToList[]) {
  const path = pathOf(block);
  const count = (location: number) => path.filter((other) => other === location).length;
  return [...new Set(path)]
    .sort((left, right) => count(right) - count(left) || left - right)
    .slice(0, 32)
    .map((location) => ({ location, gain: plainWeight(block) - plainWeight(block, location) }))
    .sort((left, right) => right.gain - left.gain || left.location - right.location)
    .slice(0, 16)
    .map(({ location, gain }) => ({ ...nameOf(location), gain }));
}

/** Locations of the dependencies on the heaviest path. */
function pathOf(block: readonly TransactionToList[]): readonly number[] {
  const finder = finderOf(block);
  expect(finder.weight('gas')).toBe(plainWeight(block));
  const { transactions, throughs } = finder.lastPath();
  expect(transactions.reduce((sum, index) => sum + (block[index]?.gas ?? 0), 0)).toBe(plainWeight(block));
  return throughs;
}

/** A transaction waits for whoever set what it reads last, and for all who have added to it since. */
function plainWeight(block: readonly TransactionToList[], without?: number): number {
  const changes = new Map<number, number[]>();
  const ends = block.map(({ gas, reads = [], sets = [], adds = [] }) => {
    const needed = reads.filter((location) => location !== without).flatMap((location) => changes.get(location) ?? []);
    const end = gas + Math.max(0, ...needed);
    for (const location of sets) changes.set(location, [end]);
    for (const location of adds) changes.set(location, [...(changes.get(location) ?? []), end]);
    return end;
  });
  return Math.max(0, ...ends);
}
