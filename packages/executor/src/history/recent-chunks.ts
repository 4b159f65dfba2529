import type { BatchOperation, KeyValueSource } from '../state/database.ts';
import { hashKey } from '../state/hash-key.ts';
import { readHistoryRange } from './history-range.ts';

/** Locations whose chunks are kept, at most: 5 MB. */
const PLACES = 1 << 14;
/** A key has so many places to be in; when they are taken, the one that was filled first goes. */
const WAYS = 8;
/** Of a slot's key; an account's is shorter. */
const MAX_KEY_BYTES = 58;
/** Of a full one, see change-index.ts. */
const MAX_CHUNK_BYTES = 260;
const PLACE_BYTES = MAX_KEY_BYTES + MAX_CHUNK_BYTES;
const NONE = -1;

/**
 * The last chunks of the locations that blocks changed lately, as the store has them: most of what a block changes was
 * changed not long before, and to read a chunk from the store takes longer than all else that is done for a location.
 * For whoever writes one block after another; when blocks were taken back meanwhile, nothing is known any more.
 */
export class RecentChunks {
  readonly #bytes = new Uint8Array(PLACES * PLACE_BYTES);
  readonly #hashes = new Int32Array(PLACES);
  /** By place; 0: none. */
  readonly #keySizes = new Uint8Array(PLACES);
  readonly #chunkSizes = new Uint16Array(PLACES);
  /** How often each group of places got a new key. */
  readonly #turns = new Uint8Array(PLACES / WAYS);
  #blockNumber = 0;

  /** What the chunks of `source` are to block `blockNumber`, which `source` stands before. */
  over(source: KeyValueSource, blockNumber: number): KeyValueSource {
    if (blockNumber !== this.#blockNumber + 1) this.#keySizes.fill(0);
    this.#blockNumber = blockNumber;
    const { oldest } = readHistoryRange(source);
    return { getSync: (key) => this.#chunk(key, oldest) ?? source.getSync(key) };
  }

  /** What the block notes of a location; its last chunk comes last. */
  keep(noted: readonly BatchOperation[]): void {
    const last = noted.at(-1);
    if (last?.type !== 'put') return;
    const { key, value: chunk } = last;
    const hash = hashKey(key);
    const known = this.#find(key, hash);
    const place = known === NONE ? this.#nextPlace(hash) : known;
    const start = place * PLACE_BYTES;
    if (known === NONE) this.#bytes.set(key, start);
    this.#bytes.set(chunk, start + MAX_KEY_BYTES);
    this.#hashes[place] = hash;
    this.#keySizes[place] = key.length;
    this.#chunkSizes[place] = chunk.length;
  }

  /** A chunk that may have been pruned is not known: its last change is none that a state needs. */
  #chunk(key: Uint8Array, oldest: number): Uint8Array | undefined {
    const place = this.#find(key, hashKey(key));
    if (place === NONE) return undefined;
    const start = place * PLACE_BYTES + MAX_KEY_BYTES;
    const end = start + (this.#chunkSizes[place] ?? 0);
    let last = 0;
    for (let at = end - 4; at < end; at++) last = last * 0x100 + (this.#bytes[at] ?? 0);
    return last > oldest ? this.#bytes.slice(start, end) : undefined;
  }

  #find(key: Uint8Array, hash: number): number {
    const first = firstPlace(hash);
    for (let place = first; place < first + WAYS; place++) {
      if (this.#hashes[place] === hash && this.#hasKey(place, key)) return place;
    }
    return NONE;
  }

  #hasKey(place: number, key: Uint8Array): boolean {
    if (this.#keySizes[place] !== key.length) return false;
    const start = place * PLACE_BYTES;
    for (let at = 0; at < key.length; at++) if (this.#bytes[start + at] !== key[at]) return false;
    return true;
  }

  #nextPlace(hash: number): number {
    const first = firstPlace(hash);
    const turn = this.#turns[first / WAYS] ?? 0;
    this.#turns[first / WAYS] = turn + 1;
    return first + (turn % WAYS);
  }
}

function firstPlace(hash: number): number {
  return (hash & (PLACES / WAYS - 1)) * WAYS;
}
