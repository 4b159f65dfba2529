import { assert } from '@heddle/primitives';
import { hashKey } from '../../src/state/hash-key.ts';

/** Far more than it takes until two of 32 bits meet. */
const MOST_TRIED = 2_000_000;

/** Two different keys of `size` bytes with the same {@link hashKey}, which every process computes in its own way. */
export function keysThatMeet(size: number): [Uint8Array, Uint8Array] {
  const keyOf = (index: number): Uint8Array => {
    const key = Buffer.alloc(size);
    key.writeUInt32LE(index);
    key.writeInt32LE(Math.imul(index, 0x9e37_79b1), 4); // numbers that only count meet too seldom
    return Uint8Array.from(key);
  };
  const indexes = new Map<number, number>();
  for (let index = 0; index < MOST_TRIED; index++) {
    const key = keyOf(index);
    const met = indexes.get(hashKey(key));
    if (met !== undefined) return [keyOf(met), key];
    indexes.set(hashKey(key), index);
  }
  assert(false, 'two of so many keys meet');
}
