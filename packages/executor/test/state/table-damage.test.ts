import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom, temporaryDirectory } from '@heddle/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, openDatabase } from '../../src/state/database.ts';
import { tableDamage } from '../../src/state/table-damage.ts';

const random = createRandom('table-damage');
const folder = temporaryDirectory('tables');
let tables: Buffer[] = [];

/** Two tables of several blocks, some that Snappy compresses and some that it cannot. */
beforeAll(async () => {
  const path = join(folder.path, 'database');
  for (let round = 0; round < 2; round++) {
    const database = round === 0 ? await createDatabase(path) : await openDatabase(path);
    await database.batch(
      Array.from({ length: 300 }, (_, index) => ({
        type: 'put',
        key: Buffer.from(`key ${round} ${String(index).padStart(5, '0')}`),
        value: index % 2 === 0 ? random.bytes(120) : Buffer.alloc(120, 'text that is long '),
      })),
      { sync: true },
    );
    await database.close();
  }
  await (await openDatabase(path)).close(); // an opening moves the log into a table
  tables = readdirSync(path)
    .filter((name) => name.endsWith('.ldb'))
    .map((name) => readFileSync(join(path, name)));
});

afterAll(() => folder.remove());

it('finds nothing in tables as LevelDB writes them', () => {
  expect(tables).toHaveLength(2);
  for (const table of tables) expect(tableDamage(table)).toBeUndefined();
});

it('finds every flipped bit, but in the room that a footer leaves', () => {
  for (const table of tables) {
    const missed: number[] = [];
    for (let offset = random.int(0, 9); offset < table.length; offset += offset < table.length - 100 ? 10 : 1) {
      const damaged = Buffer.from(table);
      damaged[offset] = (damaged[offset] as number) ^ (1 << random.int(0, 7));
      if (tableDamage(damaged) === undefined) missed.push(offset);
    }
    const footerAt = table.length - 48;
    expect(missed.filter((offset) => offset < footerAt || offset >= table.length - 8)).toEqual([]);
    expect(missed.length).toBeGreaterThan(0);
  }
});

it('finds a table that was cut, grown, or is none', () => {
  const [table = Buffer.alloc(0)] = tables;
  for (let round = 0; round < 100; round++) {
    expect(tableDamage(table.subarray(0, random.int(0, table.length - 1)))).toBeDefined();
    expect(tableDamage(Buffer.concat([table, random.bytes(random.int(1, 100))]))).toBeDefined();
    expect(tableDamage(random.bytes(random.int(0, 10_000)))).toBeDefined();
  }
});
