import {
  type Database,
  type PendingBlock,
  type PendingWrites,
  RecentChunks,
  type StateTrie,
  stateOperations,
} from '@heddle/executor';
import { chainOperations } from '../chain/chain-operations.ts';
import { crashPoint } from '../crash-points.ts';
import type { BlockToStore, ExecutionStore } from './execution-service.ts';
import type { HeadInfo } from './main-boundary.ts';

/** What blocks are written with. */
export interface BlockWriterParts {
  readonly database: Database;
  /** The database with what is on its way to it. */
  readonly pending: PendingWrites;
  /** The tries over `pending`. */
  readonly trie: StateTrie;
  readonly head: HeadInfo;
}

/**
 * The store as the execution service writes it: whole blocks in synced batches (DESIGN 4.5), one batch at a time. Blocks
 * that come while one is written share the next: at most two syncs are between a decision and its disk, however many
 * blocks follow each other. Nothing is written after a batch that failed.
 */
export function createBlockWriter(parts: BlockWriterParts): ExecutionStore {
  const writer = new BlockWriter(parts);
  return { head: parts.head, write: (block, head) => writer.write(block, head) };
}

class BlockWriter {
  readonly #database: Database;
  readonly #pending: PendingWrites;
  readonly #trie: StateTrie;
  readonly #recent = new RecentChunks();
  #waiting: PendingBlock[] = [];
  /** The batch that is to hold what waits. */
  #next: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor({ database, pending, trie }: BlockWriterParts) {
    this.#database = database;
    this.#pending = pending;
    this.#trie = trie;
  }

  write({ block, senders, result }: BlockToStore, head: HeadInfo): Promise<void> {
    const { receipts, diff, stateRoot } = result;
    const operations = [
      ...stateOperations(this.#pending, head.number, diff, this.#recent),
      ...this.#trie.operations(stateRoot),
      ...chainOperations({ block, senders, receipts, head }),
    ];
    const written = { operations, diff };
    this.#pending.add(written);
    this.#waiting.push(written);
    this.#next ??= this.#last.then(() => this.#writeWaiting());
    this.#last = this.#next;
    return this.#next;
  }

  async #writeWaiting(): Promise<void> {
    const blocks = this.#waiting;
    this.#waiting = [];
    this.#next = undefined;
    crashPoint('before-batch');
    await this.#database.batch(operationsOf(blocks), { sync: true });
    crashPoint('after-batch');
    for (const block of blocks) this.#pending.written(block);
  }
}

function* operationsOf(blocks: readonly PendingBlock[]) {
  for (const { operations } of blocks) yield* operations;
}
