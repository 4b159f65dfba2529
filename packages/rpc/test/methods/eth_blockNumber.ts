import { expect } from 'vitest';
import { type MethodTest, TAKES_NO_PARAMETERS } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'follows the head',
    async run({ client, chain }) {
      expect(await client.call('eth_blockNumber')).toBe('0x0');
      for (let number = 1; number <= 17; number++) chain.add();
      expect(await client.call('eth_blockNumber')).toBe('0x11');
    },
  },
  badParameter: TAKES_NO_PARAMETERS,
};
