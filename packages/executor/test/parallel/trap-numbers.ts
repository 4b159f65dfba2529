import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The traps are numbered from 1 to this. */
export const TRAP_COUNT = 58;

/** What of a trap no block can show (traps.ts), and the test elsewhere that does; files below the folder of all packages. */
export const ALSO_TESTED: readonly {
  readonly number: number;
  readonly what: string;
  readonly file: string;
  readonly title: string;
}[] = [
  {
    number: 32,
    what: 'the blobs of a block are counted before it runs',
    file: 'node/test/foreign/body-rules.test.ts',
    title: 'may hold as many blobs as its fork allows, in all transactions together, and no more',
  },
  {
    number: 48,
    what: 'an exception in a speculative run',
    file: 'executor/test/schedules/deaths.test.ts',
    title: 'ends no thread and no block, and the transaction is run again',
  },
  {
    number: 55,
    what: 'a death before each step',
    file: 'executor/test/schedules/deaths.test.ts',
    title: 'leaves a block that comes out serially: %s',
  },
  {
    number: 57,
    what: "what the official tests expect of the system's contracts",
    file: 'executor/test/parallel/block-fixtures.test.ts',
    title: 'gives the recorded roots, gas and requests in as many of them as were asked for',
  },
];

// Of trap 36 one half has no place yet: EIP-7708, logs of transfers, is of no fork that Heddle has.

/** The titles of the tests of a file, as they stand in it. */
export function titlesIn(file: string): readonly string[] {
  const source = readFileSync(join(import.meta.dirname, '..', '..', '..', file), 'utf8');
  return [...source.matchAll(/\bit(?:\.each\([^()]*\))?\(\s*(['"`])(.*?)\1,/g)].map((found) => found[2] as string);
}
