import { randomBytes } from 'node:crypto';

/** So that nobody who chooses addresses and slots can make many of their keys meet. */
const SEED = randomBytes(4).readInt32LE();
/** Of FNV-1a. */
const PRIME = 0x0100_0193;

/** A number of 32 bits for a key of the store, by which tables of this process find it. */
export function hashKey(key: Uint8Array): number {
  let hash = SEED;
  for (let place = 0; place < key.length; place++) hash = Math.imul(hash ^ (key[place] ?? 0), PRIME);
  return hash ^ (hash >>> 15);
}
