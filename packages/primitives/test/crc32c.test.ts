import { expect, it } from 'vitest';
import { crc32c } from '../src/crc32c.ts';

it('is CRC-32C', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa); // RFC 3720, B.4
  expect(crc32c(new Uint8Array(0))).toBe(0);
});
