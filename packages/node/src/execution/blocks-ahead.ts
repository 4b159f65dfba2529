/** How far execution may be ahead of the disk: blocks, and changed accounts in them. */
const MAX_BLOCKS = 16;
const MAX_ACCOUNTS = 8_192;

interface BlockAhead {
  readonly accounts: number;
  /** Never rejects. */
  readonly isOver: Promise<void>;
}

/** Executed, decided blocks on their way to the disk. */
export class BlocksAhead {
  readonly #blocks = new Set<BlockAhead>();
  #failure: unknown;

  /** A block that changes so many accounts is being written. */
  add(written: Promise<unknown>, accounts: number): void {
    const isOver = written
      .catch((error: unknown) => {
        this.#failure ??= error; // whoever asked for the block hears of it too
      })
      .then(() => void this.#blocks.delete(block));
    const block: BlockAhead = { accounts, isOver };
    this.#blocks.add(block);
  }

  /** Until one more may be added. */
  async room(): Promise<void> {
    for (const { isOver } of this.#blocks) {
      const accounts = [...this.#blocks].reduce((sum, block) => sum + block.accounts, 0);
      if (this.#blocks.size < MAX_BLOCKS && accounts < MAX_ACCOUNTS) return;
      await isOver;
    }
  }

  /** Until none is being written any more. */
  async settled(): Promise<void> {
    for (const { isOver } of this.#blocks) await isOver;
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Throws what a write failed by: the store takes nothing any more, and what was executed on that block is no more. */
  refuseAfterFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
