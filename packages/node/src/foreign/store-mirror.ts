import type { BatchOperation } from '@heddle/executor';
import { nameOfKey } from './memory-store.ts';
import { createTemporaryStore } from './temporary-store.ts';

/** A store on disk that holds what a state in memory holds, for threads that read from a store alone. */
export interface StoreMirror {
  readonly path: string;
  /** Makes it hold these records, each of which is put, and no others. */
  follow(records: Iterable<BatchOperation>): Promise<void>;
  close(): Promise<void>;
}

/** Starts empty, in the system's temporary folder. */
export async function createStoreMirror(): Promise<StoreMirror> {
  const store = await createTemporaryStore([]);
  let held = new Map<string, BatchOperation>();
  return {
    path: store.path,
    async follow(records) {
      const wanted = new Map([...records].map((record) => [nameOfKey(record.key), record]));
      const operations: BatchOperation[] = [];
      for (const [name, { key }] of held) if (!wanted.has(name)) operations.push({ type: 'del', key });
      for (const [name, record] of wanted) if (!isSame(held.get(name), record)) operations.push(record);
      held = wanted;
      if (operations.length > 0) await store.database.batch(operations, { sync: false });
    },
    close: () => store.close(),
  };
}

/** By identity of the value: records are never changed in place. */
function isSame(held: BatchOperation | undefined, record: BatchOperation): boolean {
  return held?.type === 'put' && record.type === 'put' && held.value === record.value;
}
