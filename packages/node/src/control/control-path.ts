import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileUnwritable } from '../files/file-errors.ts';

/** The path of a Unix socket ends before 108 bytes on Linux and 104 on macOS. */
const MAX_SOCKET_PATH_BYTES = 100;

/**
 * Where a devnet on the absolute path `datadir` listens: `control.sock` there; in a folder of this user in the system's
 * temporary one where that path is too long; a named pipe on Windows.
 */
export function controlPath(datadir: string, { platform = process.platform } = {}): string {
  if (platform === 'win32') return `\\\\.\\pipe\\heddle-${nameOf(datadir)}`;
  const path = join(datadir, 'control.sock');
  return Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES ? path : shortControlPath(datadir);
}

/** A path that is short wherever the datadir is. */
export function shortControlPath(datadir: string): string {
  return join(tmpdir(), `heddle-${userInfo().uid}`, `${nameOf(datadir)}.sock`);
}

/**
 * Makes the folder of {@link shortControlPath}: nobody else may write there.
 *
 * @throws HeddleError `FILE_UNWRITABLE`, also when the folder is another user's
 */
export function makeControlFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (cause) {
    const found = lstatSync(folder, { throwIfNoEntry: false });
    const isOurs = found?.isDirectory() === true && found.uid === userInfo().uid && (found.mode & 0o077) === 0;
    if (!isOurs) throw fileUnwritable(folder, cause);
  }
}

function nameOf(datadir: string): string {
  return createHash('sha256').update(datadir).digest('hex').slice(0, 16);
}
