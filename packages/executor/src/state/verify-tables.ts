import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { storeCorrupt } from './state-errors.ts';
import { tableDamage } from './table-damage.ts';

/** A table's file in a database's folder. */
export interface TableFile {
  readonly name: string;
  /** Tells it from a later file of the same name: inode and time of the last change, since inodes are used again. */
  readonly identity: string;
}

/** How far and how fast. */
export interface VerifyTablesOptions {
  /** Ends after the tables that reach this size together; default: all. */
  readonly maxBytes?: number;
  /** Called after each table with the milliseconds that it took. */
  pause?(workedMs: number): Promise<void>;
}

/**
 * Compares every checksum in the tables `names` of the database in `path`, which may be open: LevelDB itself would return
 * what a damaged block holds. They must have been there before it was opened ({@link namesStanding}): a later one may be
 * half written. Gives the tables that were left out.
 *
 * @throws HeddleError `STORE_CORRUPT`
 */
export async function verifyTables(
  path: string,
  names: readonly string[],
  options: VerifyTablesOptions = {},
): Promise<string[]> {
  const { maxBytes = Number.POSITIVE_INFINITY, pause } = options;
  let readBytes = 0;
  for (const [index, name] of names.entries()) {
    if (readBytes >= maxBytes) return names.slice(index);
    const startedMs = performance.now();
    const table = await readIfThere(join(path, name));
    const damage = table && tableDamage(table);
    if (damage !== undefined) throw storeCorrupt(path, `table ${name}: ${damage}`);
    readBytes += table?.length ?? 0;
    await pause?.(performance.now() - startedMs);
  }
  return [];
}

/** The tables in a database's folder, newest first. */
export async function tablesIn(path: string): Promise<TableFile[]> {
  const names = (await readdir(path)).filter((name) => /\.(ldb|sst)$/.test(name));
  names.sort((one, other) => Number.parseInt(other, 10) - Number.parseInt(one, 10));
  const identities = await Promise.all(names.map((name) => identityOf(join(path, name))));
  return names.flatMap((name, index) => {
    const identity = identities[index];
    return identity === undefined ? [] : [{ name, identity }];
  });
}

/**
 * The names of those of `tables`, listed before the database in `path` was opened, that are still there. By opening it
 * LevelDB removes what it has no use for, also a table that a crash left half written, and may give that one's number to
 * the next table that it writes. (What it makes of its log before it is open may stand in that very file; that is whole.)
 */
export async function namesStanding(path: string, tables: readonly TableFile[]): Promise<string[]> {
  const identities = await Promise.all(tables.map(({ name }) => identityOf(join(path, name))));
  return tables.filter(({ identity }, index) => identity === identities[index]).map(({ name }) => name);
}

/** Undefined when LevelDB has merged it into others meanwhile. */
async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  return readFile(path).catch(undefinedIfAbsent);
}

async function identityOf(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(undefinedIfAbsent);
  return found && `${found.ino} ${found.mtimeNs}`;
}

function undefinedIfAbsent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
