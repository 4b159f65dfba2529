import { equalBytes } from '@heddle/primitives';
import type { BatchOperation } from './database.ts';
import { hashKey } from './hash-key.ts';

/** Places an operation: so few keys meet that a search is short. */
const PLACES_PER_OPERATION = 2;
const NONE = -1;

/** The operations of a batch by their keys, of which no texts are made. Of one key the last operation counts. */
export class OperationTable {
  readonly #operations: readonly BatchOperation[];
  readonly #hashes: Int32Array;
  /** Indexes of operations. Behind one whose place was taken comes the next free one. */
  readonly #places: Int32Array;
  readonly #mask: number;

  constructor(operations: readonly BatchOperation[]) {
    this.#operations = operations;
    this.#hashes = new Int32Array(operations.length);
    const size = 2 ** Math.ceil(Math.log2(PLACES_PER_OPERATION * Math.max(1, operations.length)));
    this.#places = new Int32Array(size).fill(NONE);
    this.#mask = size - 1;
    for (const [index, { key }] of operations.entries()) {
      const hash = hashKey(key);
      this.#hashes[index] = hash;
      this.#places[this.#placeOf(key, hash)] = index;
    }
  }

  /** The last operation of `key`; `hash` is its {@link hashKey}. */
  find(key: Uint8Array, hash: number): BatchOperation | undefined {
    const index = this.#places[this.#placeOf(key, hash)] ?? NONE;
    return index === NONE ? undefined : this.#operations[index];
  }

  /** Where an operation of the key stands, or would. */
  #placeOf(key: Uint8Array, hash: number): number {
    for (let place = hash & this.#mask; ; place = (place + 1) & this.#mask) {
      const index = this.#places[place] ?? NONE;
      if (index === NONE || (this.#hashes[index] === hash && this.#hasKey(index, key))) return place;
    }
  }

  #hasKey(index: number, key: Uint8Array): boolean {
    const other = this.#operations[index]?.key;
    return other !== undefined && equalBytes(other, key);
  }
}
