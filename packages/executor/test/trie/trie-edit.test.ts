import { createMPT } from '@ethereumjs/mpt';
import { bytesToHex, concatBytes, EMPTY_TRIE_ROOT, hexToBytes, keccak256 } from '@heddle/primitives';
import { createRandom, type Random, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { nibblesOf } from '../../src/trie/nibbles.ts';
import { TrieEdit } from '../../src/trie/trie-edit.ts';

const seed = seedFromEnvironment('trie-edit');

/** A trie whose nodes lie in a map, by path. */
class StoredTrie {
  readonly nodes = new Map<string, Uint8Array>();
  root: Uint8Array = hexToBytes(EMPTY_TRIE_ROOT);

  edit(change: (edit: TrieEdit) => void): void {
    const edit = new TrieEdit(this.root, (path, hash) => {
      const node = this.nodes.get(bytesToHex(path));
      if (!node || Buffer.compare(keccak256(node), hash) !== 0) throw new Error(`no node ${bytesToHex(hash)}`);
      return node;
    });
    change(edit);
    this.root = edit.finish((path, encoding) => {
      if (encoding) this.nodes.set(bytesToHex(path), encoding);
      else this.nodes.delete(bytesToHex(path));
    });
  }
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

describe('an edited trie', () => {
  for (const shape of SHAPES) {
    it(`has the library's root and no node too many after every edit: ${shape.name}`, async () => {
      const random = createRandom(`${seed}/${shape.name}`);
      const trie = new StoredTrie();
      const model = new Map<string, { key: Uint8Array; value: Uint8Array }>();
      for (let round = 0; round < 150; round++) {
        trie.edit((edit) => {
          for (let change = random.int(0, 20); change > 0; change--) {
            const key = shape.draw(random);
            if (random.chance(0.5)) {
              edit.delete(nibblesOf(key));
              model.delete(bytesToHex(key));
            } else {
              const value = random.bytes(random.pick([1, 1, 2, 20, 33, 70]));
              edit.put(nibblesOf(key), value);
              model.set(bytesToHex(key), { key, value });
            }
            const probe = shape.draw(random);
            expect(edit.get(nibblesOf(probe))).toEqual(model.get(bytesToHex(probe))?.value);
          }
        });
        const library = await createMPT({ useKeyHashingFunction: keccak256 });
        for (const { key, value } of model.values()) await library.put(key, value);
        expect(bytesToHex(trie.root), `round ${round}`).toBe(bytesToHex(library.root()));
        const fresh = new StoredTrie();
        fresh.edit((edit) => {
          for (const { key, value } of model.values()) edit.put(nibblesOf(key), value);
        });
        expect(new Set(trie.nodes.keys()), `round ${round}`).toEqual(new Set(fresh.nodes.keys()));
      }
    });
  }

  it('reads nothing but the way to what changes', () => {
    const trie = new StoredTrie();
    trie.edit((edit) => {
      for (let index = 0; index < 2_000; index++)
        edit.put(nibblesOf(keccak256(Uint8Array.of(index >> 8, index))), Uint8Array.of(1));
    });
    let reads = 0;
    const edit = new TrieEdit(trie.root, (path) => {
      reads++;
      return trie.nodes.get(bytesToHex(path)) ?? new Uint8Array(0);
    });
    edit.put(nibblesOf(keccak256(Uint8Array.of(0, 5))), Uint8Array.of(2));
    let writes = 0;
    edit.finish(() => writes++);
    expect(reads).toBeLessThan(6);
    expect(writes).toBe(reads);
  });
});
