import { mkdir, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HeddleError } from '@heddle/primitives';
import { createDatabase, type Database, openDatabase } from './database.ts';
import { isOnlyEndDamaged } from './log-damage.ts';
import { storeCorrupt, storeExists, storeMissing, storeUnreadable } from './state-errors.ts';
import {
  clearMarker,
  dropKept,
  duplicateFiles,
  exists,
  forgetStore,
  isEmptyFolder,
  keepFiles,
  levelLog,
  putBack,
  removeFolder,
  setMarker,
  storeFiles,
  syncFolder,
  writeSynced,
} from './store-files.ts';
import { lockStore } from './store-lock.ts';
import { breakSeal, checkSeal, sealStore } from './store-seal.ts';
import { namesStanding, tablesIn, verifyTables } from './verify-tables.ts';

/** A database that this process alone has open, and that passed its checks. */
export interface GuardedDatabase {
  readonly database: Database;
  /** The last process that had it open did not close it, or closed it before its state was verified. */
  readonly wasUnclean: boolean;
  /** Of a large store: tables that were not read in full at opening. */
  readonly unverifiedTables: readonly string[];
  /** Tables and state were read in full and are sound: the next opening need not wonder. */
  verified(): void;
  /** They are not: no process opens the store again. */
  condemn(why: string): Promise<void>;
  /** Closes the handle and says that all is well. Other handles must be closed before. */
  close(): Promise<void>;
}

/** Tables of a store up to this size are read in full at every opening: a fraction of a second. */
const TABLES_AT_OPENING_BYTES = 64 << 20;

/** Throws a HeddleError when the database does not hold what it must. Reads a bounded number of records. */
export type CheckDatabase = (database: Database) => void;

/** Whether there is a store in `path` (it may still prove damaged). An empty folder is none. */
export async function hasStore(path: string): Promise<boolean> {
  return (await exists(storeFiles(path).kept)) || !(await isEmptyFolder(path));
}

/**
 * Makes a store in `path` that holds what `fill` writes: all of it, or there is no store, and the next attempt begins
 * anew. Every batch is to be synced. The one place where a database is created.
 *
 * @throws HeddleError `STORE_EXISTS`, `STORE_LOCKED`, `STORE_UNREADABLE`; what `fill` throws
 */
export async function createGuarded(path: string, fill: (database: Database) => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true }).catch((error) => {
    throw storeUnreadable(path, error);
  });
  const lock = await lockStore(path);
  try {
    if (await hasStore(path)) throw storeExists(path);
    const { unfinished } = storeFiles(path);
    await removeFolder(unfinished);
    const database = await createDatabase(unfinished);
    try {
      await fill(database);
    } finally {
      await database.close();
    }
    await removeFolder(path); // empty, if there is one at all
    await forgetStore(path); // what is said of one that was removed
    await rename(unfinished, path);
    await syncFolder(dirname(path));
  } finally {
    await lock.release();
  }
}

/** How a store is copied. */
export interface CopyStoreOptions {
  /** Runs on the store before it is copied, as at any opening; nobody else can change it in between. */
  readonly check?: CheckDatabase;
  /** Hears of each file. */
  onFile?(done: number, total: number): void;
}

/**
 * Makes a store in `to` that holds what the one in `from` does: all of it, or there is none. Both are free to change then:
 * they share tables, which never change.
 *
 * @throws HeddleError `STORE_MISSING`, `STORE_EXISTS`, `STORE_LOCKED`, `STORE_CORRUPT`, `STORE_UNREADABLE`; what `check`
 *   throws
 */
export async function copyStore(from: string, to: string, { check, onFile }: CopyStoreOptions = {}): Promise<void> {
  await mkdir(dirname(to), { recursive: true }).catch((error) => {
    throw storeUnreadable(to, error);
  });
  if (!(await hasStore(from))) throw storeMissing(from);
  const locks = [await lockStore(from)];
  try {
    locks.push(await lockStore(to));
    if (await hasStore(to)) throw storeExists(to);
    if (check) await (await openLocked(from, check)).close();
    await refuseCondemned(from);
    await putBack(from);
    const wasUnclean = await exists(storeFiles(from).marker);
    if (!wasUnclean) await checkSeal(from);
    const { unfinished } = storeFiles(to);
    await duplicateFiles(from, unfinished, onFile);
    await removeFolder(to); // empty, if there is one at all
    await forgetStore(to);
    if (wasUnclean) await setMarker(to, `as it was in ${from}\n`); // what is found out at opening is so for the copy too
    await rename(unfinished, to);
    await syncFolder(dirname(to));
  } catch (error) {
    throw isSystemError(error) ? storeUnreadable(to, error) : error;
  } finally {
    for (const lock of locks) await lock.release();
  }
}

/**
 * Opens the store in `path`, which is there, and runs `check`. Its files are kept first; when it cannot be opened or
 * `check` throws, they are put back: LevelDB changes files by opening them, and a second start must find the same fault.
 *
 * @throws HeddleError `STORE_LOCKED`, `STORE_MISSING`, `STORE_CORRUPT`, `STORE_FORMAT`, `STORE_UNREADABLE`; what `check`
 *   throws
 */
export async function openGuarded(path: string, check: CheckDatabase): Promise<GuardedDatabase> {
  if (!(await hasStore(path))) throw storeMissing(path);
  const lock = await lockStore(path);
  try {
    const guarded = await openLocked(path, check);
    const close = async (): Promise<void> => {
      await guarded.close();
      await lock.release();
    };
    return { ...guarded, close };
  } catch (error) {
    await lock.release();
    throw isSystemError(error) ? storeUnreadable(path, error) : error;
  }
}

/** {@link openGuarded} by whoever holds the lock. */
async function openLocked(path: string, check: CheckDatabase): Promise<GuardedDatabase> {
  await refuseCondemned(path);
  await putBack(path); // when an opening kept files and never ended
  const wasUnclean = await exists(storeFiles(path).marker);
  if (!wasUnclean) await checkSeal(path);
  await keepFiles(path);
  await setMarker(path, `process ${process.pid} since ${new Date().toISOString()}\n`);
  const { database, unverifiedTables } = await openChecked(path, check).catch(async (error) => {
    await putBack(path);
    if (!wasUnclean) await clearMarker(path);
    throw error;
  });
  await breakSeal(path);
  let isVerified = !wasUnclean;
  const batch: Database['batch'] = async (operations, options) => {
    try {
      await database.batch(operations, options);
    } catch (error) {
      isVerified = false; // what became of it on the disk is for the next opening to find out
      throw error;
    }
  };
  return {
    ...{ database: { ...database, batch }, wasUnclean, unverifiedTables },
    verified() {
      isVerified = true;
    },
    condemn: (why) => writeSynced(storeFiles(path).condemned, why),
    async close() {
      await database.close();
      if (!isVerified) return;
      await sealStore(path);
      await clearMarker(path);
    },
  };
}

async function openChecked(
  path: string,
  check: CheckDatabase,
): Promise<{ database: Database; unverifiedTables: string[] }> {
  const before = await tablesIn(path);
  const database = await openDatabase(path).catch((error) => {
    const hasNoDatabase = error instanceof HeddleError && error.code === 'STORE_MISSING';
    throw hasNoDatabase ? storeCorrupt(path, 'its file CURRENT is missing', error) : error;
  });
  try {
    await checkLogs(path);
    const tables = await namesStanding(path, before);
    const unverifiedTables = await verifyTables(path, tables, { maxBytes: TABLES_AT_OPENING_BYTES });
    check(database);
    await dropKept(path);
    return { database, unverifiedTables };
  } catch (error) {
    await database.close(); // an open handle would keep LevelDB's lock, and its files
    throw error;
  }
}

async function refuseCondemned(path: string): Promise<void> {
  const { condemned } = storeFiles(path);
  if (await exists(condemned)) throw storeCorrupt(path, (await readFile(condemned, 'utf8')).trim());
}

/** No record is lost in the middle of a log. LevelDB says so nowhere but in the file LOG. */
async function checkLogs(path: string): Promise<void> {
  for (const [line, log] of (await levelLog(path)).matchAll(/^.*?([0-9]+\.log): .*dropping \d+ bytes.*$/gm)) {
    const bytes = await readFile(join(storeFiles(path).kept, log ?? ''));
    if (!isOnlyEndDamaged(bytes)) throw storeCorrupt(path, `LevelDB dropped records of its log (${line})`);
  }
}

/** Of a file operation of Node's. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
