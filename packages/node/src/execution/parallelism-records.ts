import type { ParallelismRecord } from './block-summary.ts';

/** How long figures of a block are kept, blocks. */
const MAX_RECORDS = 1_024;

/** The figures of the latest blocks that were executed here, by number. */
export class ParallelismRecords {
  readonly #records = new Map<number, ParallelismRecord>();

  get(blockNumber: number): ParallelismRecord | undefined {
    return this.#records.get(blockNumber);
  }

  /** Blocks come in order of their numbers. */
  keep(blockNumber: number, record: ParallelismRecord): void {
    this.#records.set(blockNumber, record);
    this.#records.delete(blockNumber - MAX_RECORDS);
  }
}
