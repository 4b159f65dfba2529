import type { BlockResult } from '@heddle/executor';
import type { Address, Block, Hash } from '@heddle/primitives';

/** A block that was executed on the head and is not decided yet. */
export interface ExecutedBlock {
  readonly block: Block;
  readonly senders: readonly Address[];
  readonly result: BlockResult;
}

/** Two per round would do; rounds that fail leave theirs behind until the height ends. */
const MAX_EXECUTED = 8;

/** Executed but undecided blocks of one height, by block id. What is dropped is executed again when it is decided. */
export class Overlay {
  readonly #blocks = new Map<Hash, ExecutedBlock>();

  get(blockId: Hash): ExecutedBlock | undefined {
    return this.#blocks.get(blockId);
  }

  put(blockId: Hash, executed: ExecutedBlock): void {
    this.#blocks.delete(blockId);
    this.#blocks.set(blockId, executed);
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= MAX_EXECUTED) return;
      this.#blocks.delete(oldest);
    }
  }

  /** The height is decided: nothing of it is needed any more. */
  clear(): void {
    this.#blocks.clear();
  }
}
