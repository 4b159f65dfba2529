import { RLP } from '@ethereumjs/rlp';
import { createRandom, nestedLists, type Random, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { bytesToHex, hexToBytes } from '../src/bytes.ts';
import { decodeRlp, encodeRlp, type RlpItem } from '../src/rlp.ts';

function randomItem(random: Random, depth: number): RlpItem {
  if (depth > 0 && random.chance(0.4)) {
    return Array.from({ length: random.int(0, 6) }, () => randomItem(random, depth - 1));
  }
  return random.bytes(random.pick([0, 1, 1, 2, 20, 32, 55, 56, 57, 255, 256, 300]));
}

describe('RLP', () => {
  it.each([255, 256, 65_535, 65_536, 70_000])('writes %i bytes as the reference does', (size) => {
    const item = [new Uint8Array(size).fill(1), [new Uint8Array(size)]];
    expect(Buffer.from(encodeRlp(item)).equals(RLP.encode(item))).toBe(true);
  });

  it('comes back as it was, also by the judgement of another decoder', () => {
    const random = createRandom(seedFromEnvironment('rlp round trips'));
    for (let index = 0; index < 300; index++) {
      const item = randomItem(random, 4);
      const bytes = encodeRlp(item);
      expect(decodeRlp(bytes)).toEqual(item);
      expect(decodeRlp(bytes)).toEqual(RLP.decode(bytes));
      expect(bytesToHex(bytes)).toBe(bytesToHex(RLP.encode(item as Uint8Array)));
    }
  });

  it.each([
    ['nothing', '0x', 'cut off'],
    ['a byte that has a length', '0x8105', 'its own encoding'],
    ['a string that is cut off', '0x83aabb', 'exceeds'],
    ['a string with bytes behind it', '0x81aabb', 'left over'],
    ['a list that ends inside an item', '0xc382aabbcc', 'left over|exceeds'],
    ['an item that leaves its list', '0xc283aabbcc', 'exceeds'],
    ['a short length written long', `0xb837${'aa'.repeat(55)}`, 'written long'],
    ['a length with leading zeros', `0xb90038${'aa'.repeat(56)}`, 'leading zeros'],
    ['a length that is cut off', '0xb9ff', 'cut off'],
    ['a length beyond all numbers', '0xbfffffffffffffffff', 'exceeds'],
    ['a list of such a length', '0xffffffffffffffffff', 'exceeds'],
  ] as const)('refuses %s', (_, hex, why) => {
    expect(() => decodeRlp(hexToBytes(hex))).toThrow(
      expect.objectContaining({ code: 'RLP_MALFORMED', message: expect.stringMatching(why) }),
    );
  });

  it('holds copies of its own: the message that it came in can go', () => {
    const bytes = encodeRlp([Uint8Array.of(1, 2, 3)]);
    const [string] = decodeRlp(bytes) as Uint8Array[];
    bytes.fill(0);
    expect(bytesToHex(string as Uint8Array)).toBe('0x010203');
    expect(decodeRlp(Buffer.from('c3820102', 'hex'))).toEqual([Uint8Array.of(1, 2)]);
  });

  it('takes lists in lists up to a depth, and no time for deeper ones', () => {
    expect(decodeRlp(nestedLists(32))).toBeDefined();
    expect(() => decodeRlp(nestedLists(33))).toThrow('more than 32 lists in each other');
    const cpu = process.cpuUsage();
    for (let index = 0; index < 10; index++)
      expect(() => decodeRlp(nestedLists(256 * 1_024))).toThrow('lists in each other');
    // A decoder that copies each list's inside took 3 s and 1.6 GB for one of them.
    expect(process.cpuUsage(cpu).user / 1_000).toBeLessThan(500);
  });

  it('takes a bounded number of items', () => {
    const size = 1_100_000;
    const bytes = new Uint8Array(size).fill(0x80);
    bytes.set([0xfa, (size - 4) >> 16, ((size - 4) >> 8) & 255, (size - 4) & 255]);
    expect(() => decodeRlp(bytes)).toThrow('more than 1000000 items');
  });
});
