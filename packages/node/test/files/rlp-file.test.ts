import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { concatBytes, encodeRlp } from '@heddle/primitives';
import { createRandom, seedFromEnvironment, temporaryDirectory } from '@heddle/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { rlpListsOf } from '../../src/files/rlp-file.ts';

const folder = temporaryDirectory('rlp-file');
const file = join(folder.path, 'blocks.rlp');
const seed = seedFromEnvironment('rlp-file');

afterAll(() => folder.remove());

describe('a file of RLP lists', () => {
  it('gives them one by one, whatever their size', () => {
    const random = createRandom(seed);
    const sizes = [0, 1, 54, 55, 56, 300, 70_000, 3_000_000, 5];
    const lists = sizes.map((size) => encodeRlp([random.bytes(size)]));
    writeFileSync(file, concatBytes(...lists));
    const found = [...rlpListsOf(file)];
    expect(found.map(({ bytes }) => bytes)).toEqual(lists);
    const total = lists.reduce((sum, { length }) => sum + length, 0);
    expect(found.at(-1)).toMatchObject({ readBytes: total, totalBytes: total });
    expect(found[0]?.readBytes).toBe(lists[0]?.length);
  });

  it('may be empty', () => {
    writeFileSync(file, '');
    expect([...rlpListsOf(file)]).toEqual([]);
  });

  it.each<[string, readonly number[], string]>([
    ['something else', [0xc0, 0x80], 'no RLP list begins here (byte 1)'],
    ['half a list', [0xc0, 0xc2, 1], 'it ends in the middle of a block (byte 3)'],
    ['half a length', [0xf9, 1], 'it ends in the middle of a block'],
    ['a list larger than any block', [0xfb, 0xff, 0xff, 0xff, 0xff], 'a list of 4294967295 bytes is no block (byte 0)'],
    ['a length that no number holds', [0xff, ...new Array<number>(8).fill(0xff)], 'no RLP list begins here (byte 0)'],
  ])('is refused for %s', (_, bytes, why) => {
    writeFileSync(file, Uint8Array.from(bytes));
    expect(() => [...rlpListsOf(file)]).toThrow(why);
  });

  it('is named when it cannot be read', () => {
    expect(() => [...rlpListsOf(join(folder.path, 'none'))]).toThrow('none: cannot be read (ENOENT)');
  });
});
