import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BatchOperation, createDatabase, type Database } from '@heddle/executor';

/** A store that nobody keeps: threads read state from a database alone. */
export interface TemporaryStore {
  readonly path: string;
  readonly database: Database;
  close(): Promise<void>;
}

/** Puts `operations` into a new store in the system's temporary folder. */
export async function createTemporaryStore(operations: Iterable<BatchOperation>): Promise<TemporaryStore> {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-state-'));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  process.on('exit', remove); // of an interrupted command too
  const path = join(folder, 'database');
  const database = await createDatabase(path);
  await database.batch(operations, { sync: false });
  return {
    path,
    database,
    async close() {
      await database.close();
      remove();
      process.off('exit', remove);
    },
  };
}
