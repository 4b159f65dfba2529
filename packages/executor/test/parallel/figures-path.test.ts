import type { Address } from '@heddle/primitives';
import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { heaviestPath, hotLocations, parallelismBound, type TransactionAccesses } from '../../src/figures-path.ts';

/** A transaction of `gas` that reads and sets locations, and adds to others. */
function transaction(
  gas: number,
  { reads = [], sets = [], adds = [] }: { reads?: number[]; sets?: number[]; adds?: number[] },
): TransactionAccesses {
  const writes = [
    ...sets.map((location) => ({ location, isAdded: false })),
    ...adds.map((location) => ({ location, isAdded: true })),
  ];
  return { gas, timeNs: gas * 10, reads, writes };
}

const nameOf = (location: number) => ({
  address: `0x${location.toString(16).padStart(40, '0')}` as Address,
  kind: 'balance' as const,
  slot: undefined,
  reExecutions: 0,
});

describe('the bound of a block', () => {
  it('is the number of transactions when none needs another', () => {
    const block = [1, 2, 3, 4].map((location) => transaction(100, { reads: [location], sets: [location] }));
    expect(parallelismBound(block, 'gas')).toEqual({
      t1: 400,
      tInf: 100,
      bound: { 2: 2, 4: 4, 8: 4, 16: 4, unlimited: 4 },
    });
    expect(hotLocations(block, nameOf)).toEqual([]);
  });

  it('is one for a chain, whatever the cores', () => {
    const block = [1, 2, 3].map(() => transaction(100, { reads: [7], sets: [7] }));
    expect(parallelismBound(block, 'timeNs')).toMatchObject({ t1: 3_000, tInf: 3_000, bound: { 2: 1, unlimited: 1 } });
  });

  it('counts a write without a read as no dependency on the writes before it', () => {
    const block = [transaction(500, { sets: [7] }), transaction(100, { sets: [7] }), transaction(100, { reads: [7] })];
    expect(parallelismBound(block, 'gas').tInf).toBe(500);
  });

  it('makes who reads what was added to wait for all who added', () => {
    const block = [transaction(300, { adds: [7] }), transaction(100, { adds: [7] }), transaction(50, { reads: [7] })];
    expect(parallelismBound(block, 'gas').tInf).toBe(350);
  });

  it('is 1 for an empty block', () => {
    expect(parallelismBound([], 'gas').bound.unlimited).toBe(1);
  });
});

describe('hot locations', () => {
  it('come with what the block gains without them, largest first', () => {
    const block = [
      transaction(100, { reads: [7], sets: [7] }),
      transaction(100, { reads: [7], sets: [7, 8] }),
      transaction(100, { reads: [8], sets: [9] }),
      transaction(10, { reads: [9] }),
    ];
    expect(parallelismBound(block, 'gas').tInf).toBe(310);
    const gains = hotLocations(block, nameOf).map(({ address, gain }) => [Number(address), gain]);
    expect(gains).toEqual([
      [8, 110],
      [7, 100],
      [9, 10],
    ]);
  });

  it('are at most sixteen', () => {
    const block = Array.from({ length: 40 }, (_, index) => transaction(10, { reads: [index], sets: [index + 1] }));
    expect(hotLocations(block, nameOf)).toHaveLength(16);
  });

  it('are what looking at every access gives', () => {
    const random = createRandom(seedFromEnvironment('hot locations', 1));
    let most = 0;
    for (let round = 0; round < 40; round++) {
      const last = random.int(1, 120);
      const some = (count: number) => Array.from({ length: random.int(0, count) }, () => random.int(0, last));
      let recent = 0;
      const block = Array.from({ length: 200 }, () => {
        const reads = random.chance(0.7) ? [...some(1), recent] : some(2);
        recent = random.int(0, last);
        return transaction(random.int(1, 9), { reads, sets: [...some(1), recent], adds: some(1) });
      });
      expect(hotLocations(block, nameOf)).toEqual(plainHotLocations(block));
      most = Math.max(most, heaviestPath(block, 'gas').locations.size);
    }
    expect(most).toBeGreaterThan(40); // more than are tried
  });
});

/** By the definition: all candidates named and sorted, every pass over all accesses. */
function plainHotLocations(block: readonly TransactionAccesses[]) {
  const { weight, locations } = heaviestPath(block, 'gas');
  return [...locations]
    .sort(([left, leftCount], [right, rightCount]) => rightCount - leftCount || left - right)
    .slice(0, 32)
    .map(([location]) => {
      const gain = weight - heaviestPath(block, 'gas', (other) => other === location).weight;
      return { location, shown: { ...nameOf(location), gain } };
    })
    .sort((left, right) => right.shown.gain - left.shown.gain || left.location - right.location)
    .slice(0, 16)
    .map(({ shown }) => shown);
}
