import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HeddleError } from '@heddle/primitives';

/**
 * The folder of an unpacked set of official test data (`.fixtures/<set>` at the repository's root), or undefined when
 * it is not there: the caller skips then. Prints how to get it.
 *
 * @throws HeddleError `FIXTURES_MISSING` when HEDDLE_NO_SKIP is 1.
 */
export function fixtureFolder(set: string): string | undefined {
  const folder = join(repositoryRoot(), '.fixtures', set);
  if (existsSync(folder)) return folder;
  const how = `official data missing: unpack the set "${set}" into .fixtures/ (../shared/fixtures/unpack .fixtures ${set})`;
  if (process.env.HEDDLE_NO_SKIP === '1') throw new HeddleError('FIXTURES_MISSING', how);
  console.log(`skipped: ${how}`);
  return undefined;
}

function repositoryRoot(): string {
  return join(import.meta.dirname, '..', '..', '..');
}
