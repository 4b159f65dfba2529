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
  more: [
    {
      title: 'has what runs calls made ready',
      async run({ client, query }) {
        let preparedCount = 0;
        query.prepare = () => {
          preparedCount++;
        };
        await client.call('eth_blockNumber');
        expect(preparedCount).toBe(0);
        await client.call('eth_chainId');
        expect(preparedCount).toBe(1);
      },
    },
  ],
};
