import { expect } from 'vitest';
import { type MethodTest, TAKES_NO_PARAMETERS } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'names the accounts whose keys the node holds, in order',
    async run({ client, account }) {
      expect(await client.call('eth_accounts')).toEqual([account(0).address, account(1).address]);
    },
  },
  badParameter: TAKES_NO_PARAMETERS,
};
