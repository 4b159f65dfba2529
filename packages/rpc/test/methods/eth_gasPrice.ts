import { GWEI, transfer } from '@heddle/testkit';
import { expect } from 'vitest';
import { type MethodTest, TAKES_NO_PARAMETERS } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'is the base fee of the next block and the suggested tip',
    async run({ client, chain, account }) {
      expect(await client.call('eth_gasPrice')).toBe(`0x${(875_000_000n + GWEI).toString(16)}`);
      const generous = transfer(account(0), account(1), 1n, { maxPriorityFeePerGas: 4n * GWEI });
      chain.add({ transactions: [generous], outcomes: { 0: { gasUsed: 15_000_000n } } }); // the target: the fee stays
      expect(await client.call('eth_gasPrice')).toBe(`0x${(875_000_000n + 4n * GWEI).toString(16)}`);
    },
  },
  badParameter: TAKES_NO_PARAMETERS,
};
