import { transfer } from '@heddle/testkit';
import { expect } from 'vitest';
import { type MethodTest, MISSING_FIRST } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'is the same block as by number, and null for an unknown hash',
    async run({ client, chain, account }) {
      const sent = transfer(account(0), account(1), 1n);
      const { hash } = chain.add({ transactions: [sent] });
      chain.add();
      const block = await client.call('eth_getBlockByHash', hash, false);
      expect(block).toEqual(await client.call('eth_getBlockByNumber', '0x1', false));
      expect(block).toMatchObject({ hash, number: '0x1', transactions: [sent.hash] });
      expect((await client.call('eth_getBlockByHash', hash, true)).transactions[0]).toMatchObject({ hash: sent.hash });
      expect(await client.call('eth_getBlockByHash', `0x${'00'.repeat(32)}`, false)).toBeNull();
    },
  },
  badParameter: MISSING_FIRST,
};
