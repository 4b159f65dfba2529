import { open, rename, rm } from 'node:fs/promises';
import { type KeyValueSource, storeCorrupt } from '@heddle/executor';
import { HeddleError } from '@heddle/primitives';
import { fileUnwritable } from '../files/file-errors.ts';
import { readBlockBytes } from './block-records.ts';

/** Blocks to export: from `from` to `to`, both included. */
export interface ExportRange {
  readonly from: number;
  readonly to: number;
}

/** Bytes that are gathered before they are written. */
const WRITE_BYTES = 1 << 20;

/**
 * Writes the blocks of `range` to `file`, RLP after RLP, as geth and `heddle import` read them. The file is there when
 * all of them are in it. `onWritten` hears of each block and may throw to end it.
 *
 * @throws HeddleError `EXPORT_RANGE`, `STORE_CORRUPT`, `FILE_UNWRITABLE`
 */
export async function exportBlocks(
  store: { readonly source: KeyValueSource; readonly path: string; readonly headNumber: number },
  file: string,
  range: ExportRange,
  onWritten: (number: number) => void,
): Promise<void> {
  checkRange(range, store.headNumber);
  const partial = `${file}.partial`;
  try {
    await writeAll(partial, blocksOf(store, range, onWritten));
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error instanceof HeddleError ? error : fileUnwritable(file, error);
  }
}

function checkRange({ from, to }: ExportRange, headNumber: number): void {
  if (from <= to && to <= headNumber) return;
  throw new HeddleError('EXPORT_RANGE', `no blocks ${from} to ${to}: the chain has 0 to ${headNumber}`, {
    remedy: 'give --from and --to inside that range',
  });
}

function* blocksOf(
  { source, path }: { readonly source: KeyValueSource; readonly path: string },
  { from, to }: ExportRange,
  onWritten: (number: number) => void,
): Generator<Uint8Array> {
  for (let number = from; number <= to; number++) {
    const stored = readBlockBytes(source, number);
    if (stored === undefined) throw storeCorrupt(path, `block ${number} is missing`);
    yield stored.block;
    onWritten(number);
  }
}

async function writeAll(path: string, pieces: Iterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'w');
  try {
    let waiting: Uint8Array[] = [];
    let waitingBytes = 0;
    const flush = async () => {
      await file.writeFile(Buffer.concat(waiting));
      [waiting, waitingBytes] = [[], 0];
    };
    for (const piece of pieces) {
      waiting.push(piece);
      waitingBytes += piece.length;
      if (waitingBytes >= WRITE_BYTES) await flush();
    }
    await flush();
    await file.sync();
  } finally {
    await file.close();
  }
}
