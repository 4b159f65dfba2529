import { textOf } from './nibbles.ts';

/** Encoded nodes, bytes. A branch has at most 532, so this holds some 30,000 nodes. */
const MAX_SIZE_BYTES = 16 << 20;
/** What an entry takes besides its node: text of the key, map entry, array. */
const ENTRY_OVERHEAD_BYTES = 200;

/** Trie nodes by key, the least recently used of which goes first. */
export class NodeCache {
  readonly #nodes = new Map<string, Uint8Array>();
  #sizeBytes = 0;

  get(key: Uint8Array): Uint8Array | undefined {
    const text = textOf(key);
    const node = this.#nodes.get(text);
    if (node === undefined) return undefined;
    this.#nodes.delete(text); // a map keeps the order of insertion: the used one goes to the end
    this.#nodes.set(text, node);
    return node;
  }

  put(key: Uint8Array, node: Uint8Array): void {
    const text = textOf(key);
    this.#remove(text);
    this.#nodes.set(text, node);
    this.#sizeBytes += node.length + ENTRY_OVERHEAD_BYTES;
    for (const oldest of this.#nodes.keys()) {
      if (this.#sizeBytes <= MAX_SIZE_BYTES) return;
      this.#remove(oldest);
    }
  }

  delete(key: Uint8Array): void {
    this.#remove(textOf(key));
  }

  #remove(text: string): void {
    const node = this.#nodes.get(text);
    if (node === undefined) return;
    this.#nodes.delete(text);
    this.#sizeBytes -= node.length + ENTRY_OVERHEAD_BYTES;
  }
}
