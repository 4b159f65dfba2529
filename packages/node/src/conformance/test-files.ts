import { basename, dirname } from 'node:path';
import { HeddleError } from '@heddle/primitives';
import { JsonField } from '../files/json-field.ts';
import { readJsonFile } from '../files/text-files.ts';
import type { FixtureFile } from './fixture-files.ts';
import type { ConformanceCase } from './run-cases.ts';

/** Kinds of official tests, by the command that runs them; each has a field that tests of other kinds lack. */
const MARKS = { statetest: 'post', blocktest: 'blocks' } as const;
const KINDS = ['statetest', 'blocktest'] as const;
type TestKind = (typeof KINDS)[number];

/** Makes the cases of one test of a file. May throw HeddleError where the test is malformed. */
type CasesOf = (name: string, test: JsonField) => Iterable<ConformanceCase>;

/**
 * The cases of all tests in `files`, which are read one at a time and should hold tests of this kind by their names, as
 * Ethereum's test suites lay them out. A file that cannot be read or holds another kind is a failed case, and so is a test
 * whose cases cannot be told for its form. One that merely lies in a folder and holds no tests of either kind is a skipped
 * case; an index of the others is passed over.
 */
export function* casesInFiles(
  files: readonly FixtureFile[],
  kind: TestKind,
  casesOf: CasesOf,
): Generator<ConformanceCase> {
  for (const file of files) {
    try {
      yield* casesInFile(file, kind, casesOf);
    } catch (error) {
      if (!(error instanceof HeddleError)) throw error;
      yield brokenFile(file, error.message);
    }
  }
}

function* casesInFile(file: FixtureFile, kind: TestKind, casesOf: CasesOf): Generator<ConformanceCase> {
  const whole = new JsonField(file.path, '', readJsonFile(file.path));
  const kinds = KINDS.filter((one) => holds(whole, MARKS[one]));
  if (kinds.includes(kind)) {
    for (const [name, test] of whole.fields()) yield* casesOfTest(name, test, casesOf);
  } else if (kinds[0] !== undefined) {
    yield brokenFile(file, `heddle evm ${kinds[0]} runs tests of this kind`);
  } else if (file.isNamed && !isEmpty(whole)) {
    yield brokenFile(file, 'it holds no test that heddle evm runs');
  } else if (!isMetadata(file) && !isEmpty(whole)) {
    const verdict = { skipped: 'the file holds neither state tests nor block tests' };
    yield { name: file.path, fork: null, run: async () => verdict };
  }
}

/** What execution-spec-tests publishes about its tests: `.meta/index.json`. */
function isMetadata({ path }: FixtureFile): boolean {
  return basename(path) === 'index.json' || basename(dirname(path)) === '.meta';
}

/** A malformed test is a failed case, after those that could be told before its fault; the others of its file go on. */
function* casesOfTest(name: string, test: JsonField, casesOf: CasesOf): Generator<ConformanceCase> {
  try {
    yield* casesOf(name, test);
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error;
    yield { name, fork: null, run: () => Promise.reject(error) };
  }
}

/** Whether some test in the file has the field `mark`. */
function holds({ value }: JsonField, mark: string): boolean {
  return isObject(value) && Object.values(value).some((test) => isObject(test) && mark in test);
}

function isEmpty({ value }: JsonField): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function brokenFile({ path }: FixtureFile, difference: string): ConformanceCase {
  const verdict = { pass: false, expected: 'a file of tests', actual: 'none that can be run', difference };
  return { name: path, fork: null, run: async () => verdict };
}
