import { renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@heddle/testkit';
import { afterEach, expect, it } from 'vitest';
import { namesStanding, tablesIn } from '../../src/state/verify-tables.ts';

const folder = temporaryDirectory('tables');
afterEach(() => folder.remove());

/** Tables that were written an hour ago. */
function writeTables(...names: readonly string[]): void {
  for (const name of names) {
    const path = join(folder.path, name);
    writeFileSync(path, `half of ${name}`);
    utimesSync(path, Date.now() / 1_000 - 3_600, Date.now() / 1_000 - 3_600);
  }
}

it('a table that is written under the number of one that a crash left half written is none of those before', async () => {
  const path = (name: string) => join(folder.path, name);
  writeTables('000005.ldb', '000007.sst', '000009.ldb', '000011.ldb', '000013.ldb');
  writeFileSync(path('MANIFEST-000004'), 'no table');
  const before = await tablesIn(folder.path);
  expect(before.map(({ name }) => name)).toEqual([
    '000013.ldb',
    '000011.ldb',
    '000009.ldb',
    '000007.sst',
    '000005.ldb',
  ]);
  expect(await namesStanding(folder.path, before)).toHaveLength(5);
  rmSync(path('000007.sst'));
  writeFileSync(path('000009.ldb'), 'in place'); // the same inode
  rmSync(path('000011.ldb'));
  writeFileSync(path('000011.ldb'), 'anew'); // mostly the same inode: the file system gives it out again
  writeFileSync(path('another'), 'put in its place');
  renameSync(path('another'), path('000013.ldb'));
  expect(await namesStanding(folder.path, before)).toEqual(['000005.ldb']);
});
