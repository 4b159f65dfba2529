import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BatchOperation, createDatabase, type Database } from '@heddle/executor';

/** A store that lasts as long as a replay: threads read state from a database alone. */
export interface ReplayStore {
  readonly path: string;
  readonly database: Database;
  close(): Promise<void>;
}

/** Puts `operations` into a new store in the system's temporary folder. */
export async function createReplayStore(operations: Iterable<BatchOperation>): Promise<ReplayStore> {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-replay-'));
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
