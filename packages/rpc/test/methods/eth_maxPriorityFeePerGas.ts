import { GWEI, transfer } from '@heddle/testkit';
import { expect } from 'vitest';
import { type MethodTest, TAKES_NO_PARAMETERS } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'is 1 gwei on an empty chain and at least that, else the 60th percentile of the lowest recent tips',
    async run({ client, chain, account }) {
      const inGwei = async () => BigInt(await client.call('eth_maxPriorityFeePerGas')) / GWEI;
      const withTip = (index: number, nonce: number, gwei: bigint) =>
        transfer(account(index), account(3), 1n, { nonce, maxPriorityFeePerGas: gwei * GWEI });
      expect(await inGwei()).toBe(1n);
      chain.add({ transactions: [withTip(0, 0, 0n)] });
      expect(await inGwei()).toBe(1n);
      // Three lowest of each block: 0; 4, 5, 6 (not 90). Sorted 0 4 5 6: index floor(3 * 0.6) = 1.
      chain.add({ transactions: [withTip(0, 1, 90n), withTip(0, 2, 6n), withTip(1, 0, 4n), withTip(2, 0, 5n)] });
      expect(await inGwei()).toBe(4n);
      for (let count = 0; count < 20; count++) chain.add();
      expect(await inGwei()).toBe(1n);
    },
  },
  badParameter: TAKES_NO_PARAMETERS,
};
