import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom, type Random, seedFromEnvironment, temporaryDirectory } from '@heddle/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { JsonReader } from '../../src/files/json-reader.ts';

const folder = temporaryDirectory('json-reader');
const file = join(folder.path, 'some.json');
const seed = seedFromEnvironment('json-reader');

afterAll(() => folder.remove());

function read<T>(text: string, use: (reader: JsonReader) => T): T {
  writeFileSync(file, text);
  const reader = new JsonReader(file);
  try {
    return use(reader);
  } finally {
    reader.close();
  }
}

/** The whole file by members, those below `deep` by members of their own. */
function walk(reader: JsonReader, deep: string): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const key of reader.members()) {
    found[key] =
      key === deep ? Object.fromEntries([...reader.members()].map((inner) => [inner, null])) : reader.value();
  }
  reader.end();
  return found;
}

function drawValue(random: Random, depth: number): unknown {
  const kind = random.int(0, depth > 3 ? 4 : 6);
  if (kind === 0) return random.int(0, 1_000_000);
  if (kind === 1) return random.chance(0.5);
  if (kind === 2) return null;
  if (kind <= 4) return random.pick(['', 'a "quoted" \\ text', '}]{[,:', 'ü€😀\n\t', 'x'.repeat(random.int(0, 300))]);
  const count = random.int(0, 5);
  if (kind === 5) return Array.from({ length: count }, () => drawValue(random, depth + 1));
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k"${index}`, drawValue(random, depth + 1)]));
}

describe('a JSON file read value by value', () => {
  it('gives what JSON.parse gives, however it is spaced and wherever its chunks end', () => {
    const random = createRandom(seed);
    for (let round = 0; round < 60; round++) {
      const members = Array.from({ length: random.int(0, 40) }, (_, index) => [`m${index}`, drawValue(random, 0)]);
      const json = { ...Object.fromEntries(members), filler: 'f'.repeat(random.int(0, 600_000)), last: -1.5e3 };
      const text = JSON.stringify(json, undefined, random.int(0, 3));
      expect(read(` ${text}\n`, (reader) => walk(reader, 'nothing'))).toEqual(json);
    }
  });

  it('walks a member and skips what nobody takes', () => {
    const text = '{"skipped": {"a": ["}", {}]}, "deep": {"0x1": {"b": 1}, "0x2": "\\""}, "e": {}, "n": 12 }';
    const keys = read(text, (reader) => [...reader.members()]);
    expect(keys).toEqual(['skipped', 'deep', 'e', 'n']);
    const found = read(text, (reader) => walk(reader, 'deep'));
    expect(found).toEqual({ skipped: { a: ['}', {}] }, deep: { '0x1': null, '0x2': null }, e: {}, n: 12 });
  });

  it.each([
    ['', 'its end where an object should be'],
    ['[]', '"[" where an object should be'],
    ['{"a" 1}', '"1" where a colon should be'],
    ['{"a": 1 "b": 2}', 'where a comma should be'],
    ['{"a": {"b": 1}', 'its end where a comma should be'],
    ['{"a": {"b": 1', 'an end in the middle of a value'],
    ['{"a":', 'an end where a value should be'],
    ['{a: 1}', 'is not JSON'],
    ['{1: 1}', 'a key that is no text'],
    ['{"a": {]}', 'is not JSON'],
    ['{"a": 1} x', 'something behind its end'],
  ])('refuses %j', (text, why) => {
    expect(() => read(text, (reader) => walk(reader, 'nothing'))).toThrow(why);
  });

  it('says which file cannot be read', () => {
    expect(() => new JsonReader(join(folder.path, 'none.json'))).toThrow('none.json: cannot be read (ENOENT)');
  });
});
