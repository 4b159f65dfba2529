import { describe, expect, it } from 'vitest';
import { accessList, authorizationList } from '../src/params/access-list.ts';
import { blockId } from '../src/params/block-id.ts';
import { address, data, hash, storageKey } from '../src/params/bytes.ts';
import { logCriteria } from '../src/params/log-criteria.ts';
import type { ParameterType } from '../src/params/parameter.ts';
import { boolean, looseNumber, quantity, quantity64 } from '../src/params/quantity.ts';

const WORD = `0x${'Ab'.repeat(32)}`;
const ADDRESS = `0x${'Cd'.repeat(20)}`;

/** Each value and what is said against it. */
const REFUSED: readonly [ParameterType<unknown>, unknown, string][] = [
  [quantity, '', 'empty hex string'],
  [quantity, '12', 'hex string without 0x prefix'],
  [quantity, '0x', 'hex string "0x"'],
  [quantity, '0x01', 'hex number with leading zero digits'],
  [quantity, `0x1${'0'.repeat(64)}`, 'hex number > 256 bits'],
  [quantity, '0x1g', 'invalid hex string'],
  [quantity, 1, 'expected a string, got number'],
  [quantity64, `0x1${'0'.repeat(16)}`, 'hex number > 64 bits'],
  [looseNumber, 1.5, '1.5 is no count'],
  [looseNumber, -1, '-1 is no count'],
  [looseNumber, '0xffffffffffffffff', '18446744073709552000 is no count'],
  [boolean, 'true', 'expected a boolean, got string'],
  [address, ADDRESS.slice(0, -2), 'hex string has length 38, want 40 for address'],
  [address, ADDRESS.slice(2), 'hex string without 0x prefix'],
  [address, [], 'expected a string, got array'],
  [hash, `${WORD}00`, 'hex string has length 66, want 64 for hash'],
  [data, '0xabc', 'hex string of odd length'],
  [data, '0xzz', 'invalid hex string'],
  [storageKey, `0x${'00'.repeat(33)}`, `storage key too long (want at most 32 bytes): "0x${'00'.repeat(33)}"`],
  [accessList, {}, 'expected an array, got object'],
  [accessList, [{}], 'missing field address'],
  [accessList, [{ address: ADDRESS, storageKeys: ['0x1'] }], 'hex string of odd length'],
  [authorizationList, [{ chainId: '0x1' }], 'missing field address'],
  [
    blockId,
    { blockHash: WORD, blockNumber: '0x1' },
    'cannot specify both BlockHash and BlockNumber, choose one or the other',
  ],
  [blockId, { blockHash: '0x1' }, 'blockHash: hex string of odd length'],
  [blockId, null, 'expected an object, got null'],
  [logCriteria, [], 'expected an object, got array'],
  [logCriteria, { topics: WORD }, 'topics: expected an array, got string'],
  [logCriteria, { topics: [['0x12']] }, 'topics: hex string has length 2, want 64 for hash'],
];

describe('a parameter', () => {
  it.each(REFUSED)('%o refuses %j: %s', (type, value, why) => {
    expect(() => type.parse(value)).toThrow(expect.objectContaining({ message: why }));
  });

  it('is taken in every spelling that tools use', () => {
    expect(quantity.parse('0X1F')).toBe(31n);
    expect([looseNumber.parse(7), looseNumber.parse('7'), looseNumber.parse('0x7')]).toEqual([7, 7, 7]);
    expect(address.parse(ADDRESS)).toBe(ADDRESS.toLowerCase());
    expect(Buffer.from(data.parse('0x'))).toHaveLength(0);
    expect([storageKey.parse('0x0'), storageKey.parse('1')]).toEqual([
      `0x${'0'.repeat(64)}`,
      `0x${'1'.padStart(64, '0')}`,
    ]);
    expect(blockId.parse(WORD)).toEqual({ hash: WORD.toLowerCase() });
    expect(blockId.parse({ blockHash: WORD, requireCanonical: false })).toEqual({ hash: WORD.toLowerCase() });
    expect(blockId.parse({ blockNumber: 'safe' })).toEqual({ tag: 'safe' });
    expect(accessList.parse([{ address: ADDRESS }])).toEqual([{ address: ADDRESS.toLowerCase(), storageKeys: [] }]);
    const authorization = {
      chainId: '0x0',
      address: ADDRESS,
      nonce: '0x1',
      v: '0x1',
      r: `0x${'00'.repeat(31)}07`,
      s: '0x8',
    };
    expect(authorizationList.parse([authorization])).toEqual([
      { chainId: 0n, address: ADDRESS.toLowerCase(), nonce: 1n, yParity: 1n, r: 7n, s: 8n },
    ]);
    expect(logCriteria.parse({ fromBlock: null, toBlock: null, address: null, topics: null })).toEqual({
      blockHash: undefined,
      fromBlock: undefined,
      toBlock: undefined,
      addresses: [],
      topics: [],
    });
  });
});
