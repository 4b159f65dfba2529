import { expect } from 'vitest';
import type { MethodTest } from '../method-test.ts';

const CONTRACT = `0x${'c0'.repeat(20)}` as const;

export const methodTest: MethodTest = {
  result: {
    title: 'is the code after the block that is asked for',
    async run({ client, chain, account }) {
      chain.add({ code: { [CONTRACT]: Uint8Array.of(0x60, 0x2a, 0x00) } });
      expect(await client.call('eth_getCode', CONTRACT)).toBe('0x602a00');
      expect(await client.call('eth_getCode', CONTRACT, '0x0')).toBe('0x');
      expect(await client.call('eth_getCode', account(0).address, 'latest')).toBe('0x');
    },
  },
  badParameter: { params: [`0x${'zz'.repeat(20)}`], message: 'invalid argument 0: invalid hex string' },
};
