import type { BatchOperation, KeyValueSource } from './database.ts';
import { hashKey } from './hash-key.ts';
import { OperationTable } from './operation-table.ts';
import type { StateDiff } from './state-diff.ts';

/** What one decided block writes, and what of the state that changes. */
export interface PendingBlock {
  readonly operations: readonly BatchOperation[];
  readonly diff: StateDiff;
}

/**
 * A store as it will be once everything is written: `source`, and on top the writes of decided blocks that are on their
 * way to its disk, a later one's before an earlier one's. For the thread that executes ahead; all others read the store,
 * where nothing of this is to be seen.
 */
export class PendingWrites implements KeyValueSource {
  readonly #source: KeyValueSource;
  /** In their order. Their tables come with the first question: many a block is written before there is one. */
  readonly #blocks = new Map<PendingBlock, OperationTable | undefined>();

  constructor(source: KeyValueSource) {
    this.#source = source;
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    const pending = this.#blocks.size === 0 ? undefined : this.#lastOperation(key);
    if (pending === undefined) return this.#source.getSync(key);
    return pending.type === 'put' ? pending.value : undefined;
  }

  /** `block` is decided; what it writes is what is read from now on. */
  add(block: PendingBlock): void {
    this.#blocks.set(block, undefined);
  }

  /** `block` and all before it can be read from the source. */
  written(block: PendingBlock): void {
    this.#blocks.delete(block);
  }

  /** What the blocks change that cannot be read from the source yet, in their order. */
  diffs(): readonly StateDiff[] {
    return [...this.#blocks.keys()].map(({ diff }) => diff);
  }

  #lastOperation(key: Uint8Array): BatchOperation | undefined {
    const hash = hashKey(key);
    let last: BatchOperation | undefined;
    for (const [block, known] of this.#blocks) {
      const table = known ?? new OperationTable(block.operations);
      if (known === undefined) this.#blocks.set(block, table);
      last = table.find(key, hash) ?? last;
    }
    return last;
  }
}
