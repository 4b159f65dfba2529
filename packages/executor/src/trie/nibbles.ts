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

/** The path and the kind that a leaf or extension packs together (yellow paper, appendix C). */
export function unpackPath(packed: Uint8Array): { path: Nibbles; kind: 'leaf' | 'extension' } {
  const first = nibble(packed, 0);
  const path = nibblesOf(packed).subarray((first & ODD_FLAG) === 0 ? 2 : 1);
  return { path, kind: (first & LEAF_FLAG) === 0 ? 'extension' : 'leaf' };
}

/** A short text for a path or a key, for maps. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
