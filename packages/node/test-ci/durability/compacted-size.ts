import { readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The executor's LevelDB; only it knows how to compact. */
const { ClassicLevel } = createRequire(new URL('../../../executor/package.json', import.meta.url))('classic-level') as {
  ClassicLevel: new (
    path: string,
    options: { readonly multithreading: true },
  ) => {
    open(): Promise<void>;
    put(key: string, value: Uint8Array, options: { readonly valueEncoding: 'view' }): Promise<void>;
    compactRange(from: string, to: string): Promise<void>;
    close(): Promise<void>;
  };
};

/** A large value that a test writes anew again and again: whoever keeps a snapshot alive keeps a version of it on disk. */
export const BALLAST = { key: Buffer.from('zballast'), bytes: 256 << 10 };

/**
 * Bytes of the store's files once every version of the ballast is gone that no snapshot needs; `path` may be open in this
 * process. `value` is written before, twice: what was in memory goes to the lowest level as it is, and what lies there is
 * looked at only when a newer version comes.
 */
export async function compactedSize(path: string, value: Uint8Array): Promise<number> {
  const level = new ClassicLevel(path, { multithreading: true }); // shares what is open: snapshots of it count
  await level.open();
  for (let time = 0; time < 2; time++) {
    await level.put(BALLAST.key.toString(), value, { valueEncoding: 'view' });
    await level.compactRange('\0', '\u{10ffff}');
  }
  await level.close();
  return readdirSync(path).reduce((sum, name) => sum + statSync(`${path}/${name}`).size, 0);
}
