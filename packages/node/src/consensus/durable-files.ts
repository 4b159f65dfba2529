import { closeSync, fdatasync, fsync, ftruncateSync, openSync, renameSync, writeSync } from 'node:fs';
import { copyFile, readdir, readFile, rm } from 'node:fs/promises';
import { promisify } from 'node:util';

/** The few file operations whose order durability depends on; tests replace them to fail or stop at any of them. */
export interface DurableFiles {
  /** Opens for reading and writing at given positions; creates an empty file (0600) if there is none. */
  open(path: string): Promise<DurableFile>;
  /** The whole file; undefined if there is none. */
  read(path: string): Promise<Uint8Array | undefined>;
  rename(from: string, to: string): Promise<void>;
  copy(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  list(directory: string): Promise<string[]>;
  /** Makes creations and renames in `directory` survive a power cut. */
  syncDirectory(directory: string): Promise<void>;
}

/** An open file. */
export interface DurableFile {
  /** Writes all of `bytes` at `position`. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  /** Content and size survive a power cut once this resolves. */
  datasync(): Promise<void>;
  close(): Promise<void>;
}

const datasync = promisify(fdatasync);
const sync = promisify(fsync);

/**
 * The real disk. What only touches the page cache is done at once; the waits for the disk itself go through libuv's
 * thread pool. A vote has about a dozen such steps on its path: each trip through a pool that LevelDB keeps busy too
 * would cost it milliseconds on a loaded machine.
 */
export const diskFiles: DurableFiles = {
  async open(path) {
    const descriptor = openOrCreate(path);
    return {
      async write(bytes, position) {
        for (let done = 0; done < bytes.length; ) {
          done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
        }
      },
      async truncate(sizeBytes) {
        ftruncateSync(descriptor, sizeBytes);
      },
      datasync: () => datasync(descriptor),
      async close() {
        closeSync(descriptor);
      },
    };
  },
  async read(path) {
    try {
      return await readFile(path);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  async rename(from, to) {
    renameSync(from, to);
  },
  copy: (from, to) => copyFile(from, to),
  remove: (path) => rm(path, { force: true }),
  list: (directory) => readdir(directory),
  async syncDirectory(directory) {
    if (process.platform === 'win32') return; // a directory cannot be opened there; NTFS journals renames
    const descriptor = openSync(directory, 'r');
    try {
      await sync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  },
};

function openOrCreate(path: string): number {
  try {
    return openSync(path, 'r+');
  } catch (error) {
    if (isMissing(error)) return openSync(path, 'wx+', 0o600);
    throw error;
  }
}

/** Whether `error` says that a file does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
