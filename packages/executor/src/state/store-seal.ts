import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32c } from '@heddle/primitives';
import { storeCorrupt } from './state-errors.ts';
import { CHANGING_FILES, exists, storeFiles, writeSynced } from './store-files.ts';

// A power cut may tear the end of a log, and LevelDB goes on without it. After a clean close nothing may be missing: the
// seal, a file beside the store, holds size and checksum of every file that LevelDB does not check itself.

type Seal = Readonly<Record<string, { readonly size: number; readonly checksum: number }>>;

/** Seals the store in `path`, which is closed. */
export async function sealStore(path: string): Promise<void> {
  await writeSynced(storeFiles(path).seal, `${JSON.stringify(await sealOf(path))}\n`);
}

/**
 * Compares a store that was closed with its seal; one without a seal passes.
 *
 * @throws HeddleError `STORE_CORRUPT`
 */
export async function checkSeal(path: string): Promise<void> {
  const { seal } = storeFiles(path);
  if (!(await exists(seal))) return;
  const sealed = parse(await readFile(seal, 'utf8'));
  if (!sealed) throw storeCorrupt(path, `its seal ${seal} is damaged`);
  const found = await sealOf(path);
  for (const name of new Set([...Object.keys(sealed), ...Object.keys(found)])) {
    const [before, now] = [sealed[name], found[name]];
    if (!now) throw storeCorrupt(path, `its file ${name} is missing`);
    if (before?.size !== now.size || before.checksum !== now.checksum) {
      throw storeCorrupt(path, `its file ${name} has changed since it was closed`);
    }
  }
}

/** The store is about to change. */
export async function breakSeal(path: string): Promise<void> {
  await rm(storeFiles(path).seal, { force: true });
}

async function sealOf(path: string): Promise<Seal> {
  const names = (await readdir(path)).filter((name) => CHANGING_FILES.test(name));
  const entries = names.map(async (name) => {
    const bytes = await readFile(join(path, name));
    return [name, { size: bytes.length, checksum: crc32c(bytes) }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

function parse(text: string): Seal | undefined {
  try {
    return JSON.parse(text) as Seal;
  } catch {
    return undefined;
  }
}
