import type { Hash } from '@heddle/primitives';
import { createSharedTrie, instantiateTrie, type TrieCore } from './trie-core.ts';
import { type Phase, runTrieJob } from './trie-job.ts';

/** Memory is made to reach this much further at least, bytes: asking for it costs as much as some leaves. */
const REACH_BYTES = 1 << 20;

/** One a thread: nothing of a root outlives it. */
let thread: TrieCore | undefined;

/** This thread's memory for the tries of short lists. */
export function threadTrie(): TrieCore {
  thread ??= createLeafTrie();
  return thread;
}

/** A memory for tries of which nothing but the root is of use. */
export function createLeafTrie(): TrieCore {
  return instantiateTrie(createSharedTrie(), 0, { getSync: () => undefined });
}

/** Leaves of a trie that is only made for its root. One list at a time in one memory. */
export class LeafList {
  readonly #core: TrieCore;
  #count = 0;
  #end: number;

  constructor(core: TrieCore) {
    this.#core = core;
    this.#end = core.layout.JOB;
  }

  /** `key`: at most 32 bytes, none the beginning of another. `value`: not empty. */
  add(key: Uint8Array, value: Uint8Array): void {
    const { layout, memory } = this.#core;
    const item = this.append(value);
    if (key.length < 32) memory.fill(item, 32, 0);
    memory.set(item, key);
    memory.bytes[item + layout.ITEM_NIBBLES] = 2 * key.length;
  }

  /** Adds a leaf whose key is its place in the list: for {@link LeafList.orderedRoot}. Address of its item. */
  append(value: Uint8Array): number {
    const { layout, memory, steps } = this.#core;
    const item = this.#end;
    const place = item + layout.LEAF_ITEM_SIZE + layout.LEAF_HEADROOM;
    this.#end = place + ((value.length + 7) & ~7);
    this.#count++;
    if (this.#end > memory.bytes.length) {
      steps.reach(this.#end + REACH_BYTES);
      memory.refresh(this.#end);
    }
    memory.setU32(item + layout.ITEM_VALUE_SIZE, value.length);
    memory.set(place, value);
    return item;
  }

  /** The root of the trie. Once. */
  root(): Hash {
    this.#core.steps.listLeaves(this.#count);
    return runTrieJob(this.#core, () => foldLeaves(this.#core, this.#count));
  }

  /** The root of the trie of what was appended. Once. */
  orderedRoot(): Hash {
    this.#core.steps.listValues(this.#count);
    return runTrieJob(this.#core, () => foldLeaves(this.#core, this.#count));
  }
}

/** The root of the listed leaves. */
export function* foldLeaves({ layout, memory, steps }: TrieCore, count: number): Generator<Phase, Hash, void> {
  yield { kind: layout.TASK_LEAVES, count: Math.ceil(count / layout.LEAF_TASK_ITEMS) };
  steps.foldLeaves();
  return memory.hash(layout.ROOT_HASH);
}
