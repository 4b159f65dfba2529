import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { storeCorrupt } from './state-errors.ts';
import { tableDamage } from './table-damage.ts';

/** How far and how fast. */
export interface VerifyTablesOptions {
  /** Ends after the tables that reach this size together; default: all. */
  readonly maxBytes?: number;
  /** Called after each table with the milliseconds that it took. */
  pause?(workedMs: number): Promise<void>;
}

/**
 * Compares every checksum in the tables `names` of the database in `path`, which may be open: LevelDB itself would return
 * what a damaged block holds. They must have been there before it was opened: a later one may be half written. Gives the
 * tables that were left out.
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
export async function tablesIn(path: string): Promise<string[]> {
  const names = (await readdir(path)).filter((name) => /\.(ldb|sst)$/.test(name));
  return names.sort((one, other) => Number.parseInt(other, 10) - Number.parseInt(one, 10));
}

/** Undefined when LevelDB has merged it into others meanwhile. */
async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
