import { bytesToHex, EMPTY_CODE_HASH, keccak256Hex } from '@heddle/primitives';
import { describe, expect, it } from 'vitest';
import { decodeAccountRecord, encodeAccountRecord } from '../../src/state/account-record.ts';

const CODE_HASH = keccak256Hex(Uint8Array.of(1));
const NUMBERS = [0n, 1n, 255n, 256n, (1n << 64n) - 1n, 1n << 64n, 1n << 191n, (1n << 256n) - 1n];

describe('an account’s record', () => {
  it('takes a byte for the size of each number and none for its leading zeros', () => {
    const account = { nonce: 0n, balance: 0x0102n, incarnation: 3, slotCount: 0, codeHash: EMPTY_CODE_HASH };
    expect(bytesToHex(encodeAccountRecord(account))).toBe('0x00020102010300');
    expect(bytesToHex(encodeAccountRecord({ ...account, codeHash: CODE_HASH }))).toBe(
      `0x00020102010300${CODE_HASH.slice(2)}`,
    );
  });

  it.each(NUMBERS)('holds the balance %i, whatever record came before', (balance) => {
    const account = { nonce: 7n, balance, incarnation: 2, slotCount: 70_000, codeHash: CODE_HASH };
    encodeAccountRecord({ ...account, balance: (1n << 256n) - 1n });
    expect(decodeAccountRecord(encodeAccountRecord(account))).toEqual(account);
  });
});
