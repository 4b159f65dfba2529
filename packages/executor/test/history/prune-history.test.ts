import type { Address } from '@heddle/primitives';
import { seedFromEnvironment, type TemporaryDirectory, temporaryDirectory } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readHistoryRange } from '../../src/history/history-range.ts';
import { pruneHistory } from '../../src/history/prune-history.ts';
import { stateAt } from '../../src/history/state-at.ts';
import { createDatabase, type Database } from '../../src/state/database.ts';
import { verifyState } from '../../src/trie/verify-state.ts';
import { expectState } from '../state/expect-state.ts';
import { createRandomChain } from '../state/random-chain.ts';

const seed = seedFromEnvironment('prune-history');
const ROUNDS = process.env.HEDDLE_SUITE === 'nightly' ? 300 : 30;
let folder: TemporaryDirectory;
let database: Database;

beforeEach(async () => {
  folder = temporaryDirectory('prune-history');
  database = await createDatabase(folder.path);
});

afterEach(async () => {
  await database.close();
  folder.remove();
});

/** Keys by their first letter. */
async function countKeys(): Promise<Record<string, number>> {
  const counts: Record<string, number> = { v: 0, h: 0, s: 0, u: 0 };
  for await (const entries of database.iterate({ from: Uint8Array.of(1), to: Uint8Array.of(255) })) {
    for (const [key] of entries) {
      const letter = String.fromCharCode(key[0] ?? 0);
      counts[letter] = (counts[letter] ?? 0) + 1;
    }
  }
  return counts;
}

/** Whether nothing is left that a step has said will go. */
function isPruned(): boolean {
  const { oldest, prunedTo } = readHistoryRange(database);
  return prunedTo >= oldest;
}

const PRUNED = expect.objectContaining({ code: 'STATE_PRUNED' });

describe('pruned history', () => {
  it('answers the last blocks as a plain model has them and refuses all below, through wipes and whatever is kept', {
    timeout: 3_600_000,
  }, async () => {
    const { random, universe, states, extend, head } = await createRandomChain(database, seed, 8);
    let oldest = 0;
    for (let round = 0; round < ROUNDS; round++) {
      for (let count = random.int(1, 12); count > 0; count--) await extend();
      const keep = random.int(1, 40);
      const { number: headNumber } = head();
      for (let steps = random.int(0, 30); steps > 0; steps--) {
        oldest = await pruneHistory(database, { headNumber, keep, maxRecords: random.int(1, 25) });
        if (isPruned()) break;
      }
      expect(readHistoryRange(database).oldest, `seed ${seed}`).toBe(oldest);
      for (let number = oldest; number <= headNumber; number++) {
        expectState(database, universe, { states, number, head: headNumber });
      }
      for (let number = Math.max(0, oldest - 5); number < oldest; number++) {
        expect(() => stateAt(database, number, headNumber)).toThrow(PRUNED);
      }
      await verifyState(database, head());
    }
  });

  it('leaves no record behind that no kept state needs', async () => {
    const { extend, head } = await createRandomChain(database, seed, 4); // few accounts: each is wiped often, and its list of changes is long
    for (let count = 0; count < 400; count++) await extend();
    const whole = await countKeys();
    const request = { headNumber: head().number, keep: 1, maxRecords: 100 };
    do await pruneHistory(database, request);
    while (!isPruned());
    const pruned = await countKeys();
    expect(whole.v).toBeGreaterThan(1_000);
    expect(pruned).toMatchObject({ v: 0, h: 0 });
    const live = await liveStorage();
    expect({ s: pruned.s, nodesOfOthers: await nodesOfOthers(live) }).toEqual({ s: live.slotCount, nodesOfOthers: 0 });
    expect(whole.s).toBeGreaterThan(2 * live.slotCount);
  });

  it('does no more in one step than it may', async () => {
    const { extend, head } = await createRandomChain(database, seed, 8);
    for (let count = 0; count < 100; count++) await extend();
    let [before, steps] = [await countKeys(), 0];
    for (let isDone = false; !isDone; steps++) {
      await pruneHistory(database, { headNumber: head().number, keep: 10, maxRecords: 20 });
      isDone = isPruned();
      const after = await countKeys();
      const gone = (['v', 'h', 's', 'u'] as const).map((letter) => (before[letter] ?? 0) - (after[letter] ?? 0));
      expect(gone.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(20 + 2); // the last change takes its chunk along
      before = after;
    }
    expect(steps).toBeGreaterThan(10);
  });
});

interface LiveStorage {
  readonly slotCount: number;
  readonly incarnations: ReadonlyMap<string, number>;
}

async function liveStorage(): Promise<LiveStorage> {
  const reader = stateAt(database, 0, 0);
  const incarnations = new Map<string, number>();
  let slotCount = 0;
  for await (const entries of database.iterate({ from: Buffer.from('a'), to: Buffer.from('b') })) {
    for (const [key] of entries) {
      const address: Address = `0x${Buffer.from(key).toString('hex', 1, 21)}`;
      const account = reader.account(address);
      incarnations.set(address, account?.incarnation ?? -1);
      slotCount += account?.slotCount ?? 0;
    }
  }
  return { slotCount, incarnations };
}

/** Nodes of storage tries of incarnations that have ended. */
async function nodesOfOthers({ incarnations }: LiveStorage): Promise<number> {
  let count = 0;
  for await (const entries of database.iterate({ from: Buffer.from('u'), to: Buffer.from('v') })) {
    for (const [bytes] of entries) {
      const key = Buffer.from(bytes);
      if (incarnations.get(`0x${key.toString('hex', 1, 21)}`) !== key.readUInt32BE(21)) count++;
    }
  }
  return count;
}
