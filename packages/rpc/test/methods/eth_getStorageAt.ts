import { expect } from 'vitest';
import type { MethodTest } from '../method-test.ts';
import { topicOf } from '../sample-logs.ts';

const CONTRACT = `0x${'c0'.repeat(20)}` as const;

export const methodTest: MethodTest = {
  result: {
    title: 'is always 32 bytes, for short keys too',
    async run({ client, chain }) {
      chain.add({ slots: { [CONTRACT]: { [topicOf(1)]: topicOf(0x2a) } } });
      expect(await client.call('eth_getStorageAt', CONTRACT, topicOf(1), 'latest')).toBe(topicOf(0x2a));
      expect(await client.call('eth_getStorageAt', CONTRACT, '0x1')).toBe(topicOf(0x2a));
      expect(await client.call('eth_getStorageAt', CONTRACT, '0x01', '0x0')).toBe(topicOf(0));
      expect(await client.call('eth_getStorageAt', CONTRACT, '0x0')).toBe(topicOf(0));
    },
  },
  badParameter: { params: [CONTRACT, '0xzz'], message: 'invalid argument 1: invalid hex in storage key' },
  more: [
    {
      title: 'refuses a key of more than 32 bytes',
      async run({ client }) {
        const error = await client.fail('eth_getStorageAt', CONTRACT, `0x${'00'.repeat(33)}`);
        expect(error.message).toMatch(/^storage key too long \(want at most 32 bytes\)/);
      },
    },
  ],
};
