import { describe, expect, it } from 'vitest';
import { bigIntToBytes, bytesToBigInt, bytesToHex, hexToBytes, numberToBytes } from '../src/bytes.ts';

describe('numbers in bytes', () => {
  // Around a byte's end, the six bytes that are read as a number, the largest safe integer, and beyond.
  const ends = [8n, 16n, 47n, 48n, 53n, 56n, 64n, 256n].flatMap((bits) => {
    return [-1n, 0n, 1n].map((beside) => (1n << bits) + beside);
  });

  it.each([0n, 1n, 127n, 128n, ...ends])('%i comes back, without leading zeros', (value) => {
    const bytes = bigIntToBytes(value);
    const digits = value.toString(16);
    expect(Buffer.from(bytes).toString('hex')).toBe(
      value === 0n ? '' : digits.padStart(digits.length + (digits.length % 2), '0'),
    );
    expect(bytesToBigInt(bytes)).toBe(value);
    if (value <= Number.MAX_SAFE_INTEGER) expect(numberToBytes(Number(value))).toEqual(bytes);
  });

  it('may have leading zeros when read', () => {
    expect(bytesToBigInt(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 5))).toBe(5n);
    expect(bytesToBigInt(Uint8Array.of(0, 0, 7))).toBe(7n);
  });
});

describe('hex', () => {
  it.each([0, 1, 20, 32, 63, 64, 65, 66, 1_000])('of %i bytes comes back, also of a part of a larger array', (size) => {
    const whole = Uint8Array.from({ length: size + 7 }, (_, index) => (index * 73 + size) & 0xff);
    const part = whole.subarray(3, 3 + size);
    const hex = bytesToHex(part);
    expect(hex).toBe(`0x${Buffer.from(part).toString('hex')}`);
    expect(hexToBytes(hex)).toEqual(Uint8Array.from(part));
  });
});
