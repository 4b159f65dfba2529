import { seedFromEnvironment, type TemporaryDirectory, temporaryDirectory } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pruneHistory } from '../../src/history/prune-history.ts';
import { createDatabase, type Database } from '../../src/state/database.ts';
import { verifyState } from '../../src/trie/verify-state.ts';
import { expectState } from '../state/expect-state.ts';
import { createRandomChain } from '../state/random-chain.ts';

const seed = seedFromEnvironment('undo-block');
const SCALE = process.env.HEDDLE_SUITE === 'nightly' ? 5 : 1;
const CODE = 'c'.charCodeAt(0);
let folder: TemporaryDirectory;
let database: Database;

beforeEach(async () => {
  folder = temporaryDirectory('undo-block');
  database = await createDatabase(folder.path);
});

afterEach(async () => {
  await database.close();
  folder.remove();
});

/** Every record but codes, which stay. */
async function content(): Promise<Map<string, string>> {
  const records = new Map<string, string>();
  for await (const entries of database.iterate({ from: new Uint8Array(0), to: Uint8Array.of(255) })) {
    for (const [key, value] of entries) {
      if (key[0] !== CODE) records.set(Buffer.from(key).toString('hex'), Buffer.from(value).toString('hex'));
    }
  }
  return records;
}

describe('undoing the last block', () => {
  it('leaves every record of state, history and tries as it was before the block, through wipes', {
    timeout: 3_600_000,
  }, async () => {
    const chain = await createRandomChain(database, seed, 6);
    const contents: Map<string, string>[] = [await content()];
    for (let round = 0; round < 10 * SCALE; round++) {
      for (let count = chain.random.int(2, 14); count > 0; count--) {
        await chain.extend();
        contents.push(await content());
      }
      for (let count = Math.min(chain.head().number, chain.random.int(0, 8)); count > 0; count--) {
        await chain.undo();
        contents.pop();
        expect(await content(), `block ${chain.head().number}`).toEqual(contents.at(-1));
      }
    }
    expect(chain.head().number).toBeGreaterThan(20);
  });

  it('leaves the history of a plain model, whatever is pruned meanwhile', { timeout: 3_600_000 }, async () => {
    const chain = await createRandomChain(database, seed, 8);
    const { random, universe, states, head } = chain;
    let oldest = 0;
    for (let round = 0; round < 20 * SCALE; round++) {
      for (let count = random.int(1, 12); count > 0; count--) await chain.extend();
      const pruning = { headNumber: head().number, keep: random.int(5, 60), maxRecords: random.int(10, 300) };
      for (let steps = random.int(0, 5); steps > 0; steps--) oldest = await pruneHistory(database, pruning);
      for (let count = Math.min(head().number - oldest, random.int(0, 10)); count > 0; count--) await chain.undo();
      for (let number = oldest; number <= head().number; number++) {
        expectState(database, universe, { states, number, head: head().number });
      }
      await verifyState(database, head());
    }
  });
});
