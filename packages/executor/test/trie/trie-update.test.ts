import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMPT } from '@ethereumjs/mpt';
import { bytesToHex, concatBytes, hexToBytes, keccak256 } from '@heddle/primitives';
import { createRandom, fixtureFolder, type Random, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { type LeafChange, StoredTrie } from './stored-trie.ts';

const seed = seedFromEnvironment('trie-update');
const ROUNDS = process.env.HEDDLE_SUITE === 'nightly' ? 2_000 : 200;
const vectors = fixtureFolder('vectors/trie');

type Pairs = readonly (readonly [key: string, value: string | null])[];
interface TrieVector {
  readonly in: Pairs | Readonly<Record<string, string>>;
  readonly root: string;
}

function readVectors(file: string): Readonly<Record<string, TrieVector>> {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Hex if it looks like it, else text. */
function bytesOf(text: string): Uint8Array {
  return text.startsWith('0x') ? hexToBytes(text) : Buffer.from(text, 'utf8');
}

interface KeyShape {
  readonly name: string;
  draw(random: Random): Uint8Array;
}

const SHAPES: readonly KeyShape[] = [
  { name: 'scattered keys', draw: (random) => keccak256(Uint8Array.of(random.int(0, 250))) },
  {
    name: 'keys that share long beginnings, whose leaves stand inside their parents',
    draw: (random) => concatBytes(new Uint8Array(30), Uint8Array.of(random.pick([0, 1, 16, 17]), random.int(0, 40))),
  },
  {
    name: 'keys that part at the first, a middle or the last nibble',
    draw: (random) => {
      const key = new Uint8Array(32);
      key[random.pick([0, 7, 15, 31])] = random.pick([0, 1, 2, 16, 32, 255]);
      return key;
    },
  },
];

type Model = Map<string, { readonly key: Uint8Array; readonly value: Uint8Array }>;

/** Changes of different keys, half of them deletions, also of keys that are not there. */
function drawChanges(random: Random, shape: KeyShape): LeafChange[] {
  const changes = new Map<string, LeafChange>();
  for (let count = random.int(0, 20); count > 0; count--) {
    const key = shape.draw(random);
    const value = random.chance(0.5) ? undefined : random.bytes(random.pick([1, 1, 2, 20, 33, 70]));
    changes.set(bytesToHex(key), [key, value]);
  }
  return [...changes.values()];
}

function applyTo(model: Model, changes: readonly LeafChange[]): void {
  for (const [key, value] of changes) {
    if (value === undefined) model.delete(bytesToHex(key));
    else model.set(bytesToHex(key), { key, value });
  }
}

async function rootByLibrary(model: Model): Promise<string> {
  const library = await createMPT({ useKeyHashingFunction: keccak256 });
  for (const { key, value } of model.values()) await library.put(key, value);
  return bytesToHex(library.root());
}

describe('an updated trie', () => {
  for (const shape of SHAPES) {
    it(`has the library's root and no record too many after every update: ${shape.name}`, {
      timeout: 3_600_000,
    }, async () => {
      const random = createRandom(`${seed}/${shape.name}`);
      const [trie, fresh] = [new StoredTrie(), new StoredTrie()];
      const model: Model = new Map();
      for (let round = 0; round < ROUNDS; round++) {
        const changes = drawChanges(random, shape);
        applyTo(model, changes);
        if (random.chance(0.3)) trie.cool();
        if (random.chance(0.3)) trie.collect(random.pick([0, 1, 2, 100]));
        trie.edit(changes);
        expect(trie.root, `round ${round}`).toBe(await rootByLibrary(model));
        fresh.clear();
        fresh.edit([...model.values()].map(({ key, value }) => [key, value]));
        expect(new Set(trie.records.keys()), `round ${round}`).toEqual(new Set(fresh.records.keys()));
      }
    });
  }

  it.skipIf(vectors === undefined)('has the roots of the official tests, by steps and at once', () => {
    const names = ['hex_encoded_securetrie_test', 'trieanyorder_secureTrie', 'trietest_secureTrie'];
    const cases = names.flatMap((name) => Object.entries(readVectors(join(vectors as string, `${name}.json`))));
    expect(cases.length).toBeGreaterThan(10);
    for (const [name, { in: changes, root }] of cases) {
      const pairs = Array.isArray(changes) ? changes : Object.entries(changes);
      const steps = pairs.map(
        ([key, value]): LeafChange => [keccak256(bytesOf(key)), value ? bytesOf(value) : undefined],
      );
      const [byStep, atOnce] = [new StoredTrie(), new StoredTrie()];
      for (const step of steps) byStep.edit([step]);
      atOnce.edit([...new Map(steps.map((step) => [bytesToHex(step[0]), step])).values()]);
      expect([byStep.root, atOnce.root], name).toEqual([root, root]);
    }
  });

  it('has no record of a branch that goes into its parent as the extension before it is divided', () => {
    const key = (last: number) => concatBytes(new Uint8Array(31), Uint8Array.of(last));
    const [long, short] = [new Uint8Array(40).fill(1), Uint8Array.of(1)];
    const [trie, fresh] = [new StoredTrie(), new StoredTrie()];
    trie.edit([0, 1].map((last) => [key(last), long]));
    trie.edit([...[0, 1].map((last): LeafChange => [key(last), short]), [key(16), long]]);
    fresh.edit([...[0, 1].map((last): LeafChange => [key(last), short]), [key(16), long]]);
    expect(trie.root).toBe(fresh.root);
    expect(trie.records).toEqual(fresh.records);
  });

  it('reads nothing but the way to what changes, and writes it once', () => {
    const trie = new StoredTrie();
    const key = (index: number) => keccak256(Uint8Array.of(index >> 8, index));
    trie.edit(Array.from({ length: 2_000 }, (_, index) => [key(index), Uint8Array.of(1)]));
    trie.cool();
    const writes = trie.edit([[key(5), Uint8Array.of(2)]]);
    expect(trie.reads).toBeLessThan(6);
    expect(writes).toBe(trie.reads);
    trie.edit([[key(5), Uint8Array.of(3)]]);
    expect(trie.reads).toBe(writes); // now they are in memory
  });
});
