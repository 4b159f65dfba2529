import type { Hash } from '@heddle/primitives';
import { createRandom, type Random } from '@heddle/testkit';
import { expect } from 'vitest';
import { RecentChunks } from '../../src/history/recent-chunks.ts';
import { undoOperations } from '../../src/history/undo-block.ts';
import type { Database } from '../../src/state/database.ts';
import { genesisOperations } from '../../src/state/genesis-state.ts';
import { stateOperations } from '../../src/state/state-operations.ts';
import { openStateTrie } from '../../src/trie/state-trie.ts';
import { createUniverse, type ModelState, randomBlock, type Universe } from './state-model.ts';

/** A chain of random blocks in a store, every state of which a model keeps. */
export interface RandomChain {
  readonly random: Random;
  readonly universe: Universe;
  /** By block number. */
  readonly states: readonly ModelState[];
  /** By block number. */
  readonly roots: readonly Hash[];
  head(): { readonly number: number; readonly stateRoot: Hash };
  /** Writes the next block. */
  extend(): Promise<void>;
  /** Takes the last block back. */
  undo(): Promise<void>;
}

/** The chain of `seed` in an empty `database`: blocks on few addresses meet often. */
export async function createRandomChain(database: Database, seed: string, addressCount: number): Promise<RandomChain> {
  const random = createRandom(seed);
  const universe = createUniverse(random, addressCount, 6);
  const genesis = genesisOperations([]);
  await database.batch(genesis.operations, { sync: false });
  const states: ModelState[] = [new Map()];
  const roots: Hash[] = [genesis.stateRoot];
  const trie = openStateTrie(database, genesis.stateRoot);
  const recent = new RecentChunks();
  const head = () => ({ number: states.length - 1, stateRoot: roots.at(-1) as Hash });
  return {
    ...{ random, universe, states, roots, head },
    async extend() {
      const number = states.length;
      const { diff, state } = randomBlock(random, universe, states.at(-1) as ModelState, number);
      const stateRoot = await trie.root(diff);
      const changes = stateOperations(database, number, diff, recent);
      expect(changes, 'by what is kept as by what the store has').toEqual(stateOperations(database, number, diff));
      await database.batch([...changes, ...trie.operations(stateRoot)], { sync: false });
      trie.apply(stateRoot);
      states.push(state);
      roots.push(stateRoot);
    },
    async undo() {
      const number = head().number;
      const parentStateRoot = roots.at(-2) as Hash;
      await database.batch(await undoOperations(database, trie, { number, parentStateRoot }), { sync: false });
      trie.apply(parentStateRoot);
      states.pop();
      roots.pop();
    },
  };
}
