import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { JsonField } from '../files/json-field.ts';
import { readJsonFile } from '../files/text-files.ts';
import { fixturesMissing } from './conformance-errors.ts';

/**
 * The JSON files that `paths` name or hold, sorted within each path.
 *
 * @throws HeddleError `FIXTURES_MISSING` for a path that is not there, or holds none
 */
export function fixtureFiles(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) throw fixturesMissing(path, 'there is no such file or folder');
    if (found.isFile()) return [path];
    const files = readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.json'))
      .map((name) => join(path, name))
      .sort();
    if (files.length === 0) throw fixturesMissing(path, 'it holds no .json file');
    return files;
  });
}

/** The tests of one file by their names, as Ethereum's test suites lay them out. @throws HeddleError `FILE_MALFORMED` */
export function readTests(file: string): [string, JsonField][] {
  return new JsonField(file, '', readJsonFile(file)).fields();
}
