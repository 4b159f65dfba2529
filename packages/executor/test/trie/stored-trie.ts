import { EMPTY_TRIE_ROOT, type Hash } from '@heddle/primitives';
import { createSharedTrie, instantiateTrie, type TrieCore } from '../../src/trie/trie-core.ts';
import { TrieOutput } from '../../src/trie/trie-output.ts';

/** A change of one key of 32 bytes; no value: the key goes. */
export type LeafChange = readonly [key: Uint8Array, value: Uint8Array | undefined];

/** One trie whose records lie in a map, by path. Values are arbitrary, keys of any shape. */
export class StoredTrie {
  /** By path, a nibble a byte, as hex. */
  readonly records = new Map<string, Uint8Array>();
  root: Hash = EMPTY_TRIE_ROOT;
  /** Records read since the start. */
  reads = 0;
  readonly #core: TrieCore;
  #node = 0;

  constructor() {
    const getSync = (key: Uint8Array) => {
      this.reads++;
      return this.records.get(pathOf(key));
    };
    this.#core = instantiateTrie(createSharedTrie(), 0, { getSync });
  }

  /** Makes it an empty trie again. */
  clear(): void {
    this.records.clear();
    this.root = EMPTY_TRIE_ROOT;
    this.cool();
    this.collect(0);
  }

  /** Forgets all nodes that are in memory. */
  cool(): void {
    this.#node = 0;
  }

  /** Keeps nodes that were used at most `maxAge` edits ago. */
  collect(maxAge: number): void {
    const { steps } = this.#core;
    steps.beginCollection(maxAge);
    if (this.#node !== 0) this.#node = steps.keep(this.#node);
    steps.finishCollection();
  }

  /** Changes the trie; the number of records that were written. */
  edit(changes: readonly LeafChange[]): number {
    const { layout, memory, steps } = this.#core;
    let item = layout.JOB;
    for (const [key, value = new Uint8Array(0)] of changes) {
      const size = layout.LEAF_ITEM_SIZE + layout.LEAF_HEADROOM + ((value.length + 7) & ~7);
      steps.reach(item + size);
      memory.refresh(item + size);
      memory.set(item, key);
      memory.bytes[item + layout.ITEM_KIND] = layout.ITEM_LEAF;
      memory.bytes[item + layout.ITEM_PUT] = value.length === 0 ? 0 : 1;
      memory.setU32(item + layout.ITEM_VALUE_SIZE, value.length);
      memory.set(item + layout.LEAF_ITEM_SIZE + layout.LEAF_HEADROOM, value);
      item += size;
    }
    steps.listLeaves(changes.length);
    memory.setHex(layout.ROOT_HASH, this.root);
    this.#node = steps.updateLeaves(this.#node, layout.ROOT_HASH);
    this.root = memory.hash(layout.ROOT_HASH);
    const operations = new TrieOutput(this.#core).operations();
    for (const operation of operations) {
      if (operation.type === 'put') this.records.set(pathOf(operation.key), operation.value);
      else this.records.delete(pathOf(operation.key));
    }
    return operations.filter(({ type }) => type === 'put').length;
  }
}

function pathOf(key: Uint8Array): string {
  return Buffer.from(key.subarray(1)).toString('hex');
}
