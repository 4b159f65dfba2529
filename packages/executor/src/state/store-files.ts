import { copyFile, link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

// LevelDB may lose tables by opening a store whose MANIFEST is torn, and says of damaged logs only a line in its own
// LOG. So the files of a store that was not closed are kept before it is opened, as a database folder of their own:
// tables, which never change, as hard links, everything else as copies. Putting them back is renaming folders.

/** The files beside the store in `path`. */
export function storeFiles(path: string) {
  return {
    /** Stands while a process has the store open; left over, it says that the store was not closed. */
    marker: `${path}.running`,
    /** The store as it was before an opening whose checks are not over. */
    kept: `${path}.kept`,
    keptPartly: `${path}.kept-partly`,
    discarded: `${path}.discarded`,
    /** Says why the store may not be opened again: what it holds is wrong. */
    condemned: `${path}.condemned`,
    /** What the files of a store were when it was closed. */
    seal: `${path}.seal`,
    /** A new store before everything is in it. */
    unfinished: `${path}.new`,
  };
}

const TABLE = /\.(ldb|sst)$/;
/** Files that LevelDB goes on to write; tables never change. */
export const CHANGING_FILES = /^(CURRENT|MANIFEST-\d+)$|\.log$/;

/** Keeps the store's files as they are now. */
export async function keepFiles(path: string): Promise<void> {
  const { kept, keptPartly } = storeFiles(path);
  await duplicateFiles(path, keptPartly);
  await rename(keptPartly, kept);
  await syncFolder(dirname(path));
}

/**
 * Makes `to` a folder with the database that lies in `from`. `onFile` hears of each file. Tables that are younger than the
 * last list of them are not shared: a process may have ended before it listed them, and LevelDB writes the next table of
 * that number over such a one, in place.
 */
export async function duplicateFiles(
  from: string,
  to: string,
  onFile: (done: number, total: number) => void = () => undefined,
): Promise<void> {
  await removeFolder(to);
  await mkdir(to);
  const names = (await readdir(from)).filter((name) => TABLE.test(name) || CHANGING_FILES.test(name));
  const listedMs = await lastListing(from, names);
  for (const [index, name] of names.entries()) {
    const isListed = TABLE.test(name) && (await modifiedMs(join(from, name))) < listedMs;
    if (isListed) await linkOrCopy(join(from, name), join(to, name));
    else await copySynced(join(from, name), join(to, name));
    onFile(index + 1, names.length);
  }
  await syncFolder(to);
}

/** Puts the kept files back, if there are any; the store as it is now goes. */
export async function putBack(path: string): Promise<void> {
  const { kept, discarded } = storeFiles(path);
  if (!(await exists(kept))) return;
  await removeFolder(discarded);
  if (await exists(path)) await rename(path, discarded);
  await rename(kept, path); // a crash before this leaves no store but kept files, which the next start puts back
  await syncFolder(dirname(path));
  await removeFolder(discarded);
}

/** Drops the kept files: the store proved sound. */
export async function dropKept(path: string): Promise<void> {
  const { kept, keptPartly } = storeFiles(path);
  if (!(await exists(kept))) return;
  await removeFolder(keptPartly);
  await rename(kept, keptPartly); // half a folder must never look like a whole one
  await removeFolder(keptPartly);
}

/** Writes the marker, so that it is there whatever happens from now on. */
export async function setMarker(path: string, text: string): Promise<void> {
  await writeSynced(storeFiles(path).marker, text);
}

/** Makes or replaces a small file so that it survives a power cut. */
export async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(dirname(path));
}

/** Removes the marker: the store is closed. */
export async function clearMarker(path: string): Promise<void> {
  await rm(storeFiles(path).marker, { force: true });
  await syncFolder(dirname(path));
}

/** Removes what is said of a store that stands no more. */
export async function forgetStore(path: string): Promise<void> {
  await rm(storeFiles(path).condemned, { force: true });
  await rm(storeFiles(path).seal, { force: true });
  await clearMarker(path);
}

/** What LevelDB wrote about its last opening of the database in `path`. */
export async function levelLog(path: string): Promise<string> {
  return (await exists(join(path, 'LOG'))) ? readFile(join(path, 'LOG'), 'latin1') : '';
}

/** Whether something stands at `path`. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Whether there is nothing in the folder, or no folder. */
export async function isEmptyFolder(path: string): Promise<boolean> {
  return (await exists(path)) ? (await readdir(path)).length === 0 : true;
}

/** Removes the folder with all that is in it, if there is one. */
export async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

/** Makes what was created or renamed in `folder` survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return; // a folder cannot be opened there; NTFS journals renames
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** When the last MANIFEST was written to, which lists the tables. */
async function lastListing(folder: string, names: readonly string[]): Promise<number> {
  const manifests = names.filter((name) => name.startsWith('MANIFEST-'));
  return Math.max(...(await Promise.all(manifests.map((name) => modifiedMs(join(folder, name))))));
}

async function modifiedMs(path: string): Promise<number> {
  return (await stat(path)).mtimeMs;
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copySynced(from, to)); // a file system without hard links
}

async function copySynced(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  const handle = await open(to, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
