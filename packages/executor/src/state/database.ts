import { assert, HeddleError } from '@heddle/primitives';
import { ClassicLevel } from 'classic-level';
import {
  storeCorrupt,
  storeFormatUnknown,
  storeLocked,
  storeMissing,
  storeUnreadable,
  storeUnwritable,
} from './state-errors.ts';
import { FORMAT_KEY } from './state-keys.ts';

/** Whatever answers point reads at once: a database, or a snapshot of it. */
export interface KeyValueSource {
  /** The value, undefined when there is none. @throws HeddleError `STORE_CORRUPT` */
  getSync(key: Uint8Array): Uint8Array | undefined;
}

/** What can be read in full besides. */
export interface IterableSource extends KeyValueSource {
  /** Entries in chunks of at most {@link ITERATION_CHUNK}; of one moment. */
  iterate(range: KeyRange): AsyncGenerator<readonly DatabaseEntry[]>;
}

/** All keys as they were when it was taken. Must be closed once. */
export interface DatabaseSnapshot extends IterableSource {
  close(): void;
}

/** One write of a batch. */
export type BatchOperation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array };

/** Keys from `from` (inclusive) up to `to` (exclusive), in byte order. */
export interface KeyRange {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

/** A key and its value. */
export type DatabaseEntry = readonly [key: Uint8Array, value: Uint8Array];

/** One thread's handle of the store's LevelDB. All handles of a process see each other's writes at once. */
export interface Database extends IterableSource {
  /**
   * Writes all or nothing; with `sync` it is on disk when the promise resolves. One batch at a time, of one thread:
   * LevelDB may apply unawaited writes out of order.
   *
   * @throws HeddleError `STORE_UNWRITABLE`, `STORE_CORRUPT`
   */
  batch(operations: Iterable<BatchOperation>, options: { readonly sync: boolean }): Promise<void>;
  snapshot(): DatabaseSnapshot;
  /** Ends this handle; snapshots of it must be closed before. */
  close(): Promise<void>;
}

/** How a handle is opened. */
export interface DatabaseOptions {
  /**
   * Runs what the thread must not be ended in. Where a thread's end is pending, LevelDB's binding forgets a snapshot or an
   * iterator that it has just taken, and each keeps old versions on disk for as long as the process lives. An end for want of memory cannot be kept away so.
   * Default: runs it.
   */
  readonly uncancelled?: <T>(act: () => T) => T;
}

/** The version of all key and value formats in the store. */
export const STORE_FORMAT = 1;

/** Entries per chunk of {@link Database.iterate}. */
export const ITERATION_CHUNK = 1_000;

// Per process, not per thread. Small: four validators share a laptop, and the hot state is held elsewhere.
const CACHE_SIZE_BYTES = 16 << 20;
const WRITE_BUFFER_SIZE_BYTES = 8 << 20;

const LEVEL_OPTIONS = {
  keyEncoding: 'view',
  valueEncoding: 'view',
  multithreading: true, // in every open, else a second thread's open fails
  compression: true, // Snappy's check is what notices a damaged table: LevelDB's own checksums are off for reads
  cacheSize: CACHE_SIZE_BYTES,
  writeBufferSize: WRITE_BUFFER_SIZE_BYTES,
} as const;

type Level = ClassicLevel<Uint8Array, Uint8Array>;

/**
 * Makes a new database in `path` and writes its format version.
 *
 * @throws HeddleError `STORE_LOCKED`, `STORE_UNREADABLE`
 */
export async function createDatabase(path: string): Promise<Database> {
  const level = await openLevel(path, { createIfMissing: true, errorIfExists: true });
  const database = databaseOver(level, path);
  await database.batch([{ type: 'put', key: FORMAT_KEY, value: Uint8Array.of(STORE_FORMAT) }], { sync: true });
  return database;
}

/**
 * A handle of the database in `path`, for the calling thread. Never creates one.
 *
 * @throws HeddleError `STORE_LOCKED`, `STORE_MISSING`, `STORE_CORRUPT`, `STORE_FORMAT`, `STORE_UNREADABLE`
 */
export async function openDatabase(path: string, options: DatabaseOptions = {}): Promise<Database> {
  const level = await openLevel(path, { createIfMissing: false, errorIfExists: false });
  const database = databaseOver(level, path, options);
  const format = database.getSync(FORMAT_KEY);
  if (format?.length === 1 && format[0] === STORE_FORMAT) return database;
  await database.close(); // an open handle would keep LevelDB's lock
  if (format === undefined) throw storeCorrupt(path, 'it has no format record');
  throw storeFormatUnknown(path, format.join('.'), STORE_FORMAT);
}

async function openLevel(path: string, mode: { createIfMissing: boolean; errorIfExists: boolean }): Promise<Level> {
  const level: Level = new ClassicLevel(path, LEVEL_OPTIONS);
  try {
    await level.open(mode);
    return level;
  } catch (error) {
    await level.close().catch(() => undefined); // the failure to open is the one to report
    throw openFailure(path, error);
  }
}

function openFailure(path: string, error: unknown): HeddleError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as { code?: unknown }).code;
  const text = cause instanceof Error ? cause.message : String(cause);
  if (code === 'LEVEL_LOCKED') return storeLocked(path, error);
  if (/does not exist \(create_if_missing is false\)/.test(text)) return storeMissing(path, error);
  // What CURRENT names is missing, or a table's size is none that a table has: LevelDB calls both an IO error.
  const isDamage = /corrupt|CURRENT|MANIFEST|missing files|No such file|Invalid argument/i.test(text);
  if (code === 'LEVEL_CORRUPTION' || isDamage) {
    return storeCorrupt(path, text, error);
  }
  return storeUnreadable(path, cause);
}

function databaseOver(level: Level, path: string, { uncancelled = (act) => act() }: DatabaseOptions = {}): Database {
  let isWriting = false;
  const read = (get: () => Uint8Array | undefined): Uint8Array | undefined => {
    try {
      return plainBytes(get());
    } catch (error) {
      throw readFailure(path, error);
    }
  };
  return {
    getSync: (key) => read(() => level.getSync(key)),
    async batch(operations, options) {
      assert(!isWriting, 'one batch at a time');
      isWriting = true;
      try {
        // The chained form holds up the thread half as long as an array of operations.
        const batch = level.batch();
        for (const operation of operations) {
          if (operation.type === 'put') batch.put(operation.key, operation.value);
          else batch.del(operation.key);
        }
        await batch.write(options);
      } catch (error) {
        throw error instanceof HeddleError ? error : writeFailure(path, error);
      } finally {
        isWriting = false;
      }
    },
    iterate: (range) => iterate(level, path, range, { uncancelled }),
    snapshot() {
      const snapshot = uncancelled(() => level.snapshot());
      const options = { snapshot, uncancelled };
      return {
        getSync: (key) => read(() => level.getSync(key, options)),
        iterate: (range) => iterate(level, path, range, options),
        close: () => void snapshot.close(),
      };
    },
    close: () => level.close(),
  };
}

async function* iterate(
  level: Level,
  path: string,
  { from, to }: KeyRange,
  { snapshot, uncancelled }: Required<DatabaseOptions> & { readonly snapshot?: ReturnType<Level['snapshot']> },
): AsyncGenerator<readonly DatabaseEntry[]> {
  const range = { ...(snapshot && { snapshot }), gte: from, lt: to, fillCache: false };
  const iterator = uncancelled(() => level.iterator(range));
  try {
    for (;;) {
      const entries = await iterator.nextv(ITERATION_CHUNK);
      if (entries.length === 0) return;
      yield entries;
    }
  } catch (error) {
    throw readFailure(path, error);
  } finally {
    await iterator.close();
  }
}

/** LevelDB's binding gives Buffers, whose `slice` shares memory and which compare unequal to plain arrays in tests. */
function plainBytes(value: Uint8Array | undefined): Uint8Array | undefined {
  return value && new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

function readFailure(path: string, error: unknown): unknown {
  const code = (error as { code?: unknown }).code;
  if (code === 'LEVEL_CORRUPTION') return storeCorrupt(path, 'a table cannot be read', error);
  const text = error instanceof Error ? error.message : '';
  // Synchronous reads carry no code for it.
  return code === 'LEVEL_IO_ERROR' || text.startsWith('IO error') ? storeCorrupt(path, text, error) : error;
}

function writeFailure(path: string, error: unknown): unknown {
  const code = (error as { code?: unknown }).code;
  if (code === 'LEVEL_CORRUPTION') return storeCorrupt(path, 'a batch cannot be written', error);
  return code === 'LEVEL_IO_ERROR' ? storeUnwritable(path, error) : error;
}
