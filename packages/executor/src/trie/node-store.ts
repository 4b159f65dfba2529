import { bytesToHex, concatBytes, EMPTY_TRIE_ROOT, equalBytes, hexToBytes, keccak256 } from '@heddle/primitives';
import type { BatchOperation, KeyValueSource } from '../state/database.ts';
import { trieDamaged } from '../state/state-errors.ts';
import { NodeCache } from './node-cache.ts';
import { TrieEdit } from './trie-edit.ts';

const EMPTY_ROOT = hexToBytes(EMPTY_TRIE_ROOT);

/** Node records of all tries at the head, by path, read through a cache. */
export class NodeStore {
  readonly #source: KeyValueSource;
  readonly #cache = new NodeCache();

  constructor(source: KeyValueSource) {
    this.#source = source;
  }

  /** An edit of the trie whose node keys begin with `prefix`. @throws HeddleError `STATE_TRIE_DAMAGED` from its methods */
  edit(prefix: Uint8Array, rootHash: Uint8Array): TrieEdit {
    return new TrieEdit(rootHash, (path, hash) => this.#load(concatBytes(prefix, path), hash));
  }

  /** The operations are on disk: what they say is what is read from now on. */
  apply(operations: Iterable<BatchOperation>): void {
    for (const operation of operations) {
      if (operation.type === 'put') this.#cache.put(operation.key, operation.value);
      else this.#cache.delete(operation.key);
    }
  }

  #load(key: Uint8Array, hash: Uint8Array): Uint8Array {
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached;
    const encoding = this.#source.getSync(key);
    if (encoding === undefined) throw trieDamaged(`node ${bytesToHex(hash)} is missing (key ${bytesToHex(key)})`);
    // Costs a microsecond and finds what LevelDB loses or mixes up without a word.
    if (!equalBytes(keccak256(encoding), hash)) {
      throw trieDamaged(`node ${bytesToHex(hash)} has other content (key ${bytesToHex(key)})`);
    }
    this.#cache.put(key, encoding);
    return encoding;
  }
}

/** Root hash of the trie whose node keys begin with `prefix`, from its stored root node. */
export function rootAt(source: KeyValueSource, prefix: Uint8Array): Uint8Array {
  const encoding = source.getSync(prefix);
  return encoding === undefined ? EMPTY_ROOT : keccak256(encoding);
}
