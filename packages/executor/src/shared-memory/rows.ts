import type { Core } from './core.ts';
import { alignedSize } from './run-result.ts';

/** What became of one transaction of the block. */
export interface Row {
  readonly tx: number;
  /** One of the core's VERDICT_*; 0 when its turn never came. */
  readonly verdict: number;
  readonly gasUsed: number;
  readonly runs: number;
  /** Those that began as speculation. */
  readonly speculativeRuns: number;
  /** Wall milliseconds of its last run. */
  readonly runMs: number;
  readonly lastWorker: number;
  readonly hasFee: boolean;
  /** Whether it has waited for others that call the same contract. */
  readonly wasDeferred: boolean;
  /** First segments of what the last run read and wrote; 0: nothing. */
  readonly reads: number;
  readonly writes: number;
}

/** The row of transaction `tx`; block start stands at the transaction count, block end after it. */
export function readRow({ layout, memory, steps }: Core, tx: number): Row {
  const row = steps.rowAt(tx);
  return {
    tx,
    verdict: memory.u32(row + layout.ROW_VERDICT),
    gasUsed: memory.f64(row + layout.ROW_GAS_USED),
    runs: memory.u32(row + layout.ROW_RUNS),
    speculativeRuns: memory.u32(row + layout.ROW_SPECULATIVE_RUNS),
    runMs: memory.f64(row + layout.ROW_RUN_MS),
    lastWorker: memory.u32(row + layout.ROW_LAST_WORKER),
    hasFee: memory.u32(row + layout.ROW_FEE) !== 0,
    wasDeferred: memory.u32(row + layout.ROW_WAS_DEFERRED) !== 0,
    reads: memory.u32(row + layout.ROW_READS),
    writes: memory.u32(row + layout.ROW_WRITES),
  };
}

/** What the last runs of `rows`, which were committed, left: as `encodeRunResults` has it. */
export function readRunResults({ layout, memory, steps }: Core, rows: readonly Row[]): Uint8Array {
  const places = rows.map(({ tx }) => steps.rowAt(tx));
  const sizeAt = (row: number) => memory.u32(row + layout.ROW_RESULT_SIZE);
  const results = new Int32Array(places.reduce((sum, row) => sum + alignedSize(sizeAt(row)), 0) >> 2);
  let end = 0;
  for (const row of places) {
    end = memory.copyWords(memory.u32(row + layout.ROW_RESULT), sizeAt(row), results, end);
  }
  return new Uint8Array(results.buffer);
}

/** Why a run ended that found no memory any more, perhaps not even for these words. */
export const BLOCK_MEMORY_USED_UP = 'the memory of the block is used up';

/** Why `tx` cannot stand in the block, in the words that its last run left. */
export function readRowFault({ layout, memory, steps }: Core, tx: number): string {
  const row = steps.rowAt(tx);
  const start = memory.u32(row + layout.ROW_RESULT);
  return memory.bytes.toString('utf8', start, start + memory.u32(row + layout.ROW_RESULT_SIZE)) || BLOCK_MEMORY_USED_UP;
}

/** Calls `visit` with the address of each item in the list that begins with `segment`. */
export function forEachItem({ layout, memory }: Core, segment: number, visit: (item: number) => void): void {
  for (let at = segment; at !== 0; at = memory.u32(at + layout.SEGMENT_NEXT)) {
    const count = memory.u32(at + layout.SEGMENT_COUNT);
    for (let index = 0; index < count; index++) visit(at + layout.SEGMENT_ITEMS + index * layout.ITEM_SIZE);
  }
}
