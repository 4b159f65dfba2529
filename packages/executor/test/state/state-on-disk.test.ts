import { createRandom, seedFromEnvironment, temporaryDirectory } from '@heddle/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { createDatabase, type Database, openDatabase } from '../../src/state/database.ts';
import { genesisOperations } from '../../src/state/genesis-state.ts';
import { stateOperations } from '../../src/state/state-operations.ts';
import { openStateTrie, type StateTrie, storedStateRoot } from '../../src/trie/state-trie.ts';
import { verifyState } from '../../src/trie/verify-state.ts';
import { expectState } from './expect-state.ts';
import { createUniverse, type ModelState, randomBlock, rootByLibrary } from './state-model.ts';

const seed = seedFromEnvironment('state-on-disk');
const BLOCKS = process.env.HEDDLE_SUITE === 'nightly' ? 3_000 : 300;
const directory = temporaryDirectory('state-on-disk');
let database: Database | undefined;

afterEach(async () => {
  await database?.close();
  directory.remove();
});

describe('state on disk', () => {
  it('has the roots of the library after every block, and the history of a plain model', {
    timeout: 3_600_000,
  }, async () => {
    const random = createRandom(seed);
    const universe = createUniverse(random, 30, 12);
    database = await createDatabase(directory.path);
    const genesis = genesisOperations([]);
    await database.batch(genesis.operations, { sync: false });
    let trie = openStateTrie(database, genesis.stateRoot);
    const states: ModelState[] = [new Map()];
    for (let number = 1; number <= BLOCKS; number++) {
      const parent = states.at(-1) as ModelState;
      const undecided = randomBlock(random, universe, parent, number);
      const block = randomBlock(random, universe, parent, number);
      await trie.root(undecided.diff);
      const root = await commit(database, trie, number, block.diff);
      states.push(block.state);
      expect(root, `block ${number}`).toBe(await rootByLibrary(block.state));
      expect(storedStateRoot(database)).toBe(root);
      if (random.chance(0.1)) await verifyState(database, { number, stateRoot: root });
      if (random.chance(0.1)) trie = openStateTrie(database, root);
      if (random.chance(0.02)) {
        await database.close();
        database = await openDatabase(directory.path);
        trie = openStateTrie(database, root);
      }
    }
    const head = states.length - 1;
    for (let number = 0; number <= head; number++) expectState(database, universe, { states, number, head });
  });
});

async function commit(database: Database, trie: StateTrie, number: number, diff: Parameters<StateTrie['root']>[0]) {
  const root = await trie.root(diff);
  const operations = [...stateOperations(database, number, diff), ...trie.operations(root)];
  await database.batch(operations, { sync: false });
  trie.apply(root);
  return root;
}
