/** Half a byte each, 0 to 15. */
export type Nibbles = Uint8Array;

const LEAF_FLAG = 0x20;
const ODD_FLAG = 0x10;

/** The number at `index`, which is inside. */
export function nibble(nibbles: Uint8Array, index: number): number {
  return nibbles[index] as number;
}

/** The key's bytes as nibbles. */
export function nibblesOf(bytes: Uint8Array): Nibbles {
  const nibbles = new Uint8Array(bytes.length * 2);
  for (let index = 0; index < bytes.length; index++) {
    nibbles[2 * index] = nibble(bytes, index) >> 4;
    nibbles[2 * index + 1] = nibble(bytes, index) & 15;
  }
  return nibbles;
}

/** One path after the other. */
export function concatNibbles(first: Nibbles, second: Nibbles): Nibbles {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** Nibbles in bytes with their parity and kind in front (yellow paper, appendix C). */
export function packPath(path: Nibbles, kind: 'leaf' | 'extension'): Uint8Array {
  const isOdd = path.length % 2 === 1;
  const packed = new Uint8Array((path.length >> 1) + 1);
  packed[0] = (kind === 'leaf' ? LEAF_FLAG : 0) | (isOdd ? ODD_FLAG | nibble(path, 0) : 0);
  for (let from = isOdd ? 1 : 0, to = 1; from < path.length; from += 2, to++) {
    packed[to] = (nibble(path, from) << 4) | nibble(path, from + 1);
  }
  return packed;
}

/** What {@link packPath} packed. */
export function unpackPath(packed: Uint8Array): { path: Nibbles; kind: 'leaf' | 'extension' } {
  const first = nibble(packed, 0);
  const path = nibblesOf(packed).subarray((first & ODD_FLAG) === 0 ? 2 : 1);
  return { path, kind: (first & LEAF_FLAG) === 0 ? 'extension' : 'leaf' };
}

/** A short text for a path or a key, for maps. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
