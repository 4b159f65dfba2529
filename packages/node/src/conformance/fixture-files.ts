import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fixturesMissing } from './conformance-errors.ts';

/** A file that may hold tests. */
export interface FixtureFile {
  readonly path: string;
  /** Whether somebody asked for this very file, and not for a folder above it. */
  readonly isNamed: boolean;
}

/**
 * The JSON files that `paths` name or hold, sorted within each path. Of those that folders hold not all need be tests.
 *
 * @throws HeddleError `FIXTURES_MISSING` for a path that is not there, or holds none
 */
export function fixtureFiles(paths: readonly string[]): FixtureFile[] {
  return paths.flatMap((path): FixtureFile[] => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) throw fixturesMissing(path, 'there is no such file or folder');
    if (!found.isDirectory()) return [{ path, isNamed: true }];
    const files = readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.name.endsWith('.json') && !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    if (files.length === 0) throw fixturesMissing(path, 'it holds no .json file');
    return files.map((file) => ({ path: file, isNamed: false }));
  });
}
