import type { Hash } from '@heddle/primitives';

/** Bytes of code that one thread keeps. */
const LIMIT_BYTES = 8 << 20;

/** Contract codes by hash, of one thread, for all blocks. The least recently used go first. */
export class CodeCache {
  readonly #codes = new Map<Hash, Uint8Array>();
  #sizeBytes = 0;

  /** The code with this hash; `load` brings it when it is not here. */
  get(codeHash: Hash, load: () => Uint8Array): Uint8Array {
    const known = this.#codes.get(codeHash);
    if (known !== undefined) {
      this.#codes.delete(codeHash); // to the end: used last
      this.#codes.set(codeHash, known);
      return known;
    }
    const code = load();
    this.#codes.set(codeHash, code);
    this.#sizeBytes += code.length;
    for (const [oldest, bytes] of this.#codes) {
      if (this.#sizeBytes <= LIMIT_BYTES) break;
      this.#codes.delete(oldest);
      this.#sizeBytes -= bytes.length;
    }
    return code;
  }
}
