import type { BatchOperation, KeyValueSource } from '@heddle/executor';

/** State records by key, nowhere but in memory. */
export class MemoryStore implements KeyValueSource {
  readonly #records = new Map<string, Uint8Array>();

  /** The record under `key`. */
  getSync(key: Uint8Array): Uint8Array | undefined {
    return this.#records.get(nameOfKey(key));
  }

  /** All records, as operations that put them. */
  *records(): Generator<BatchOperation> {
    for (const [name, value] of this.#records) yield { type: 'put', key: Buffer.from(name, 'latin1'), value };
  }

  /** Carries the operations out, in order. */
  write(operations: Iterable<BatchOperation>): void {
    for (const operation of operations) {
      if (operation.type === 'put') this.#records.set(nameOfKey(operation.key), operation.value);
      else this.#records.delete(nameOfKey(operation.key));
    }
  }
}

/** `key` as text, a character for each byte: by it maps find a key whose bytes are the same. */
export function nameOfKey(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}
