import type { Address } from '@heddle/primitives';
import { describe, expect, it } from 'vitest';
import { blockLimits } from '../../src/block-limits.ts';
import type { LocationName } from '../../src/figures-path.ts';
import { accessesOf, type TransactionToList } from '../support/transaction-accesses.ts';

const POOL = address(1);
const TOKEN = address(2);
const OTHER = address(3);
/** Two locations of each account. */
const LOCATIONS: readonly LocationName[] = [POOL, TOKEN, OTHER].flatMap((of) =>
  (['balance', 'nonce'] as const).map((kind) => ({ address: of, kind, slot: undefined, reExecutions: 0 })),
);
const [POOL_BALANCE, POOL_NONCE, TOKEN_BALANCE, , OTHER_BALANCE] = [...LOCATIONS.keys()];

function address(index: number): Address {
  return `0x${index.toString(16).padStart(40, '0')}`;
}

/** Of 100 gas; reads and changes all of `locations`. */
function changing(...locations: (number | undefined)[]): TransactionToList {
  const all = locations.map((location) => location ?? -1);
  return { gas: 100, reads: all, sets: all };
}

const limitsOf = (...transactions: TransactionToList[]) =>
  blockLimits({ transactions: accessesOf(transactions), locations: LOCATIONS });

describe('what limits a block', () => {
  it('is the location on which its longest chain meets, with who reads and changes it', () => {
    const { chain, locations, byGas } = limitsOf(
      changing(POOL_BALANCE),
      changing(OTHER_BALANCE),
      changing(POOL_BALANCE),
      changing(POOL_BALANCE),
    );
    expect(chain).toEqual([0, 2, 3]);
    expect(byGas).toMatchObject({ t1: 400, tInf: 300 });
    expect(locations).toEqual([
      { ...LOCATIONS[0], readers: 3, writers: 3, dependencies: 2, gain: { gas: 200, timeNs: 2_000 } },
    ]);
  });

  it('is an account where two locations of it hold the same chain: neither alone gains anything', () => {
    const both = changing(POOL_BALANCE, POOL_NONCE);
    const { locations, accounts, removals } = limitsOf(both, both);
    expect(locations.map(({ gain }) => gain.gas)).toEqual([0, 0]);
    expect(accounts).toEqual([{ address: POOL, locations: 2, dependencies: 2, gain: { gas: 100, timeNs: 1_000 } }]);
    expect(removals).toMatchObject([{ address: POOL, bound: { unlimited: 2 } }]);
  });

  it('is two accounts where both hold the same chain: only without both it is gone', () => {
    const both = changing(POOL_BALANCE, TOKEN_BALANCE);
    const { accounts, removals } = limitsOf(both, both, both);
    expect(accounts.map(({ gain }) => gain.gas)).toEqual([0, 0]);
    expect(removals).toMatchObject([
      { address: POOL, bound: { unlimited: 1 } },
      { address: TOKEN, bound: { 2: 2, 16: 3, unlimited: 3 } },
    ]);
  });

  it('is nothing where a location is only read, or only written', () => {
    const reading = { ...changing(POOL_BALANCE), sets: [] };
    const writing = { ...changing(TOKEN_BALANCE), reads: [] };
    const { chain, locations, removals } = limitsOf(reading, writing, reading, writing);
    expect([chain.length, locations, removals]).toEqual([1, [], []]);
  });

  it('is told of an empty block too', () => {
    expect(limitsOf()).toMatchObject({ chain: [], locations: [], accounts: [], removals: [] });
  });
});
