import { linkSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom, type TemporaryDirectory, temporaryDirectory } from '@heddle/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDatabase, type Database, openDatabase } from '../../src/state/database.ts';
import { namesStanding, tablesIn, verifyTables } from '../../src/state/verify-tables.ts';

const random = createRandom('verify-tables');
/** More than LevelDB keeps in memory before it writes a table. */
const FILL_BYTES = 20 << 20;
const RECORD_BYTES = 1 << 16;
let folder: TemporaryDirectory;
let path: string;

beforeEach(() => {
  folder = temporaryDirectory('tables');
  path = join(folder.path, 'database');
});

afterEach(() => folder.remove());

it('a table that LevelDB writes under the number of one that a crash left half written is none of those before', async () => {
  await withDatabase(await createDatabase(path), fill);
  const sound = (await tablesIn(path)).map(({ name }) => name);
  for (const name of nextNames(20)) writeFileSync(join(path, name), 'half a table');
  const before = await tablesIn(path);
  keepLinks();
  await withDatabase(await openDatabase(path), async (database) => {
    await fill(database);
    const written = (await tablesIn(path)).map(({ name }) => name);
    const reused = before.flatMap(({ name }) => (written.includes(name) && !sound.includes(name) ? [name] : []));
    const standing = await namesStanding(path, before);
    // What the opening makes of the log may stand in the very file; it is whole by then.
    expect(reused.filter((name) => !standing.includes(name))).not.toEqual([]);
    expect(standing.length).toBeGreaterThan(0);
    expect(await verifyTables(path, standing)).toEqual([]);
  });
});

/** The names that the next tables get. */
function nextNames(count: number): string[] {
  const last = Math.max(...readdirSync(path).map((name) => Number.parseInt(name.replace('MANIFEST-', ''), 10) || 0));
  return Array.from({ length: count }, (_, index) => `${String(last + 1 + index).padStart(6, '0')}.ldb`);
}

/** Links to all tables, as an opening keeps them: an inode in use is not given to another file. */
function keepLinks(): void {
  const kept = `${path}.kept`;
  mkdirSync(kept);
  for (const name of readdirSync(path)) if (name.endsWith('.ldb')) linkSync(join(path, name), join(kept, name));
}

async function withDatabase(database: Database, use: (database: Database) => Promise<void>): Promise<void> {
  try {
    await use(database);
  } finally {
    await database.close();
  }
}

async function fill(database: Database): Promise<void> {
  for (let bytes = 0; bytes < FILL_BYTES; bytes += RECORD_BYTES) {
    const operation = { type: 'put' as const, key: random.bytes(20), value: random.bytes(RECORD_BYTES) };
    await database.batch([operation], { sync: false });
  }
}
