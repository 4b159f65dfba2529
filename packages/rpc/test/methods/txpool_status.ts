import { transfer } from '@heddle/testkit';
import { expect } from 'vitest';
import { type MethodTest, TAKES_NO_PARAMETERS } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'counts what is in the pool',
    async run({ client, pool, account }) {
      await pool.submit(Array.from({ length: 17 }, (_, nonce) => transfer(account(0), account(1), 1n, { nonce }).raw));
      expect(await client.call('txpool_status')).toEqual({ pending: '0x11', queued: '0x0' });
    },
  },
  badParameter: TAKES_NO_PARAMETERS,
};
