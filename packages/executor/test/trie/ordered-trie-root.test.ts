import { createMPT } from '@ethereumjs/mpt';
import { bigIntToBytes, bytesToHex, EMPTY_TRIE_ROOT, encodeRlp, keccak256 } from '@heddle/primitives';
import { createRandom } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { orderedTrieRoot } from '../../src/trie/ordered-trie-root.ts';

describe('the root of an ordered list', () => {
  it('is the empty root without values', async () => {
    expect(orderedTrieRoot([])).toBe(EMPTY_TRIE_ROOT);
  });

  it.each([1, 2, 15, 16, 17, 127, 128, 129, 255, 256, 257, 700])('is the library’s for %i values', async (count) => {
    const random = createRandom(count);
    for (const [low, high] of [
      [1, 3],
      [20, 40],
      [100, 200],
    ] as const) {
      const values = Array.from({ length: count }, () => random.bytes(random.int(low, high)));
      const library = await createMPT({ useKeyHashingFunction: keccak256 });
      for (const [index, value] of values.entries()) await library.put(encodeRlp(bigIntToBytes(BigInt(index))), value);
      expect(orderedTrieRoot(values)).toBe(bytesToHex(library.root()));
    }
  });

  it('is the library’s for values whose RLP needs longer sizes', async () => {
    const random = createRandom('long values');
    const values = [55, 56, 255, 256, 257, 65_535, 65_536, 70_000].map((size) => random.bytes(size));
    const library = await createMPT({ useKeyHashingFunction: keccak256 });
    for (const [index, value] of values.entries()) await library.put(encodeRlp(bigIntToBytes(BigInt(index))), value);
    expect(orderedTrieRoot(values)).toBe(bytesToHex(library.root()));
  });
});
