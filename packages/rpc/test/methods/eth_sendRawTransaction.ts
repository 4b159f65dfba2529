import { bytesToHex } from '@heddle/primitives';
import { transfer } from '@heddle/testkit';
import { expect } from 'vitest';
import type { MethodTest } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'answers with the hash and is at once found by it and in the pending nonce',
    async run({ client, account }) {
      const sent = transfer(account(0), account(1), 1n);
      expect(await client.call('eth_sendRawTransaction', bytesToHex(sent.raw))).toBe(sent.hash);
      expect(await client.call('eth_getTransactionByHash', sent.hash)).toMatchObject({ hash: sent.hash });
      expect(await client.call('eth_getTransactionCount', account(0).address, 'pending')).toBe('0x1');
    },
  },
  badParameter: { params: ['0x123'], message: 'invalid argument 0: hex string of odd length' },
  more: [
    {
      title: "passes the pool's refusal on in its own number and words",
      async run({ client, pool, account }) {
        const raw = bytesToHex(transfer(account(0), account(1), 1n).raw);
        await client.call('eth_sendRawTransaction', raw);
        const again = await client.fail('eth_sendRawTransaction', raw);
        expect([again.rpcCode, again.message]).toEqual([-32000, 'already known']);
        pool.mine();
        const late = await client.fail('eth_sendRawTransaction', raw);
        expect([late.rpcCode, late.message]).toEqual([-32000, 'nonce too low: next nonce 1, tx nonce 0']);
        expect((await client.fail('eth_sendRawTransaction', '0x02')).rpcCode).toBe(-32602);
      },
    },
    {
      title: 'hands the neighbours of a batch to the pool together and in order',
      async run({ client, pool, account }) {
        const call = (nonce: number) => ({
          jsonrpc: '2.0',
          id: nonce,
          method: 'eth_sendRawTransaction',
          params: [bytesToHex(transfer(account(0), account(1), 1n, { nonce }).raw)],
        });
        const { text } = await client.post(JSON.stringify(Array.from({ length: 150 }, (_, nonce) => call(nonce))));
        const answers: { id: number; result?: string }[] = JSON.parse(text);
        expect(answers.map(({ id }) => id)).toEqual(Array.from({ length: 150 }, (_, index) => index));
        expect(answers.every(({ result }) => result !== undefined)).toBe(true);
        expect(pool.batchSizes).toEqual([100, 50]);
      },
    },
  ],
};
