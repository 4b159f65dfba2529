import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type IterableSource, stateRecordKind } from '@heddle/executor';
import { chainRecordKind } from './chain-keys.ts';

/** What the records of one kind take, before compression. */
export interface KindStats {
  readonly kind: string;
  readonly count: number;
  readonly keyBytes: number;
  readonly valueBytes: number;
}

/** Single records and such as this version does not know. */
const OTHER = 'other';
const EVERYTHING = { from: Uint8Array.of(0), to: Uint8Array.of(0xff) };

/** Counts every record of `source` by its kind, in the order of their keys. `onRead` is told how many were read so far. */
export async function storeStats(source: IterableSource, onRead: (count: number) => void): Promise<KindStats[]> {
  const kinds = new Map<string, { count: number; keyBytes: number; valueBytes: number }>();
  let read = 0;
  for await (const entries of source.iterate(EVERYTHING)) {
    for (const [key, value] of entries) {
      const kind = stateRecordKind(key) ?? chainRecordKind(key) ?? OTHER;
      const sums = kinds.get(kind) ?? { count: 0, keyBytes: 0, valueBytes: 0 };
      sums.count++;
      sums.keyBytes += key.length;
      sums.valueBytes += value.length;
      kinds.set(kind, sums);
    }
    read += entries.length;
    onRead(read);
  }
  return [...kinds].map(([kind, sums]) => ({ kind, ...sums }));
}

/** What the files of the database in `path` take on disk, bytes. */
export async function diskBytes(path: string): Promise<number> {
  const sizes = (await readdir(path)).map(async (name) => (await stat(join(path, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
