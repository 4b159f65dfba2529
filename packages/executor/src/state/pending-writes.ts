import { textOf } from '../trie/nibbles.ts';
import type { BatchOperation, KeyValueSource } from './database.ts';
import type { StateDiff } from './state-diff.ts';

/** What one decided block writes, and what of the state that changes. */
export interface PendingBlock {
  readonly operations: readonly BatchOperation[];
  readonly diff: StateDiff;
}

/** The value that a key will have (undefined: none), and the block that gives it. */
interface PendingValue {
  readonly value: Uint8Array | undefined;
  readonly block: PendingBlock;
}

/**
 * A store as it will be once everything is written: `source`, and on top the writes of decided blocks that are on their
 * way to its disk, a later one's before an earlier one's. For the thread that executes ahead; all others read the store,
 * where nothing of this is to be seen.
 */
export class PendingWrites implements KeyValueSource {
  readonly #source: KeyValueSource;
  readonly #values = new Map<string, PendingValue>();
  readonly #blocks = new Set<PendingBlock>();

  constructor(source: KeyValueSource) {
    this.#source = source;
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    const pending = this.#values.size === 0 ? undefined : this.#values.get(textOf(key));
    return pending === undefined ? this.#source.getSync(key) : pending.value;
  }

  /** `block` is decided; what it writes is what is read from now on. */
  add(block: PendingBlock): void {
    this.#blocks.add(block);
    for (const operation of block.operations) {
      const value = operation.type === 'put' ? operation.value : undefined;
      this.#values.set(textOf(operation.key), { value, block });
    }
  }

  /** `block` and all before it can be read from the source. */
  written(block: PendingBlock): void {
    this.#blocks.delete(block);
    for (const { key } of block.operations) {
      const text = textOf(key);
      if (this.#values.get(text)?.block === block) this.#values.delete(text);
    }
  }

  /** What the blocks change that cannot be read from the source yet, in their order. */
  diffs(): readonly StateDiff[] {
    return [...this.#blocks].map(({ diff }) => diff);
  }
}
