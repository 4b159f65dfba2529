import { copyFile, open, readdir, readFile, rename, rm } from 'node:fs/promises';

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

/** The real disk. */
export const diskFiles: DurableFiles = {
  async open(path) {
    const handle = await open(path, 'r+').catch((error) => {
      if (isMissing(error)) return open(path, 'wx+', 0o600);
      throw error;
    });
    return {
      async write(bytes, position) {
        for (let done = 0; done < bytes.length; ) {
          const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
          done += bytesWritten;
        }
      },
      truncate: (sizeBytes) => handle.truncate(sizeBytes),
      datasync: () => handle.datasync(),
      close: () => handle.close(),
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
  rename,
  copy: (from, to) => copyFile(from, to),
  remove: (path) => rm(path, { force: true }),
  list: (directory) => readdir(directory),
  async syncDirectory(directory) {
    if (process.platform === 'win32') return; // a directory cannot be opened there; NTFS journals renames
    const handle = await open(directory, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

/** Whether `error` says that a file does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** The system's reason in `error`, for a message. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
