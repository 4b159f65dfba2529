/** One change of a map that can be taken back. */
interface UndoEntry {
  readonly map: Map<unknown, unknown>;
  readonly key: unknown;
  readonly existed: boolean;
  readonly previous: unknown;
}

/**
 * The changes of one transaction's maps since its outermost checkpoint, so that a reverted call takes back exactly its
 * own. Costs what was changed, not what the maps hold.
 */
export class UndoLog {
  readonly #entries: UndoEntry[] = [];
  readonly #checkpoints: number[] = [];

  /** `map.set(key, value)`, remembered. */
  set<K, V>(map: Map<K, V>, key: K, value: V): void {
    this.#entries.push({ map: map as Map<unknown, unknown>, key, existed: map.has(key), previous: map.get(key) });
    map.set(key, value);
  }

  checkpoint(): void {
    this.#checkpoints.push(this.#entries.length);
  }

  /** Keeps the changes since the innermost checkpoint, as part of the one around it. */
  commit(): void {
    this.#checkpoints.pop();
  }

  /** Takes back the changes since the innermost checkpoint, latest first. */
  revert(): void {
    const start = this.#checkpoints.pop() ?? 0;
    for (let index = this.#entries.length - 1; index >= start; index--) {
      const { map, key, existed, previous } = this.#entries[index] as UndoEntry;
      if (existed) map.set(key, previous);
      else map.delete(key);
    }
    this.#entries.length = start;
  }

  /** Forgets everything; the maps keep what they hold. */
  clear(): void {
    this.#entries.length = 0;
    this.#checkpoints.length = 0;
  }
}
