import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixtureFolder } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { bigIntToBytes, bytesToHex, type Hex, hexToBytes } from '../src/bytes.ts';
import { decodeRlp, encodeRlp, type RlpItem } from '../src/rlp.ts';

/** A text, a number, a larger one as `#` and its digits, or a list of such. */
type Value = string | number | readonly Value[];

interface Vector {
  readonly in: Value;
  readonly out: string;
}

/** Every file of the set, and how many vectors it holds. */
const FILES = [
  ['rlptest', 28],
  ['invalidRLPTest', 26],
  ['RandomRLPTests/example', 1],
] as const;

const folder = fixtureFolder('vectors');

describe.skipIf(folder === undefined)('RLP on all official vectors', () => {
  it.each(FILES)('of %s, which are %i', (file, count) => {
    const vectors = readVectors(file);
    expect(vectors).toHaveLength(count);
    for (const [name, vector] of vectors) check(name, vector);
  });
});

function readVectors(file: string): [name: string, vector: Vector][] {
  const path = join(folder as string, 'rlp', `${file}.json`);
  return Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, Vector>);
}

function check(name: string, { in: value, out }: Vector): void {
  const bytes = hexToBytes((out.startsWith('0x') ? out : `0x${out}`) as Hex);
  if (value === 'INVALID') {
    expect(() => decodeRlp(bytes), name).toThrow(expect.objectContaining({ code: 'RLP_MALFORMED' }));
    return;
  }
  const item = decodeRlp(bytes);
  expect(bytesToHex(encodeRlp(item)), name).toBe(bytesToHex(bytes));
  if (value !== 'VALID') expect(item, name).toEqual(itemOf(value));
}

function itemOf(value: Value): RlpItem {
  if (typeof value === 'number') return bigIntToBytes(BigInt(value));
  if (typeof value !== 'string') return value.map(itemOf);
  return value.startsWith('#') ? bigIntToBytes(BigInt(value.slice(1))) : new Uint8Array(Buffer.from(value, 'utf8'));
}
