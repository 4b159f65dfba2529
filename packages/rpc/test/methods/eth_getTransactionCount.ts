import { transfer } from '@heddle/testkit';
import { expect } from 'vitest';
import type { MethodTest } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'counts what is mined, and with pending what is in the pool',
    async run({ client, pool, account }) {
      const { address } = account(0);
      const of = (block: string) => client.call('eth_getTransactionCount', address, block);
      const send = (nonce: number) =>
        client.call(
          'eth_sendRawTransaction',
          `0x${Buffer.from(transfer(account(0), account(1), 1n, { nonce }).raw).toString('hex')}`,
        );
      await send(0);
      await send(1);
      expect([await of('latest'), await of('pending')]).toEqual(['0x0', '0x2']);
      pool.mine();
      expect([await of('latest'), await of('pending'), await of('earliest')]).toEqual(['0x2', '0x2', '0x0']);
      await send(2);
      expect([await of('latest'), await of('pending')]).toEqual(['0x2', '0x3']);
    },
  },
  badParameter: { params: [42], message: 'invalid argument 0: expected a string, got number' },
  more: [
    {
      title: 'never falls back when a block takes the transaction between the pool and the chain',
      async run({ client, chain, pool, account }) {
        const sent = transfer(account(0), account(1), 1n);
        await client.call('eth_sendRawTransaction', `0x${Buffer.from(sent.raw).toString('hex')}`);
        const ask = pool.pendingNonce;
        pool.pendingNonce = async (address) => {
          pool.mine();
          return ask(address);
        };
        // A batch has a view before the question.
        const batch = [
          { jsonrpc: '2.0', id: 1, method: 'eth_blockNumber' },
          { jsonrpc: '2.0', id: 2, method: 'eth_getTransactionCount', params: [account(0).address, 'pending'] },
          { jsonrpc: '2.0', id: 3, method: 'eth_blockNumber' },
        ];
        const { text } = await client.post(JSON.stringify(batch));
        expect(JSON.parse(text).map(({ result }: { result: string }) => result)).toEqual(['0x0', '0x1', '0x1']);
        expect(chain.headNumber).toBe(1);
      },
    },
  ],
};
