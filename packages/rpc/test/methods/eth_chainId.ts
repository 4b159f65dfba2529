import { expect } from 'vitest';
import { type MethodTest, TAKES_NO_PARAMETERS } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'is the chain id as a quantity',
    async run({ client }) {
      expect(await client.call('eth_chainId')).toBe('0x7a69');
    },
  },
  badParameter: TAKES_NO_PARAMETERS,
};
