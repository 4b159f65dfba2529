import { bytesToHex } from '@heddle/primitives';
import { transfer, waitFor } from '@heddle/testkit';
import { expect } from 'vitest';
import type { MethodTest } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'answers with the receipt when a later block holds the transaction',
    async run({ client, chain, pool, account }) {
      const sent = transfer(account(0), account(1), 1n);
      const answer = client.call('eth_sendRawTransactionSync', bytesToHex(sent.raw));
      await waitFor(() => pool.transaction(sent.hash), { what: 'the transaction in the pool' });
      chain.add();
      pool.mine();
      expect(await answer).toMatchObject({ transactionHash: sent.hash, blockNumber: '0x2', status: '0x1' });
      expect(await answer).toEqual(await client.call('eth_getTransactionReceipt', sent.hash));
    },
  },
  badParameter: { params: ['0x', 'soon'], message: 'invalid argument 1: hex string without 0x prefix' },
  more: [
    {
      title: 'gives up after the time that is asked for, with code 4 and the hash',
      async run({ client, account }) {
        const sent = transfer(account(0), account(1), 1n);
        const error = await client.fail('eth_sendRawTransactionSync', bytesToHex(sent.raw), '0x14');
        expect([error.rpcCode, error.message, error.data]).toEqual([
          4,
          "The transaction was added to the transaction pool but wasn't processed in 0.02s.",
          sent.hash,
        ]);
      },
    },
    {
      title: 'passes a refusal on at once',
      async run({ client, account, pool }) {
        const sent = transfer(account(0), account(1), 1n);
        await pool.submit([sent.raw]);
        const error = await client.fail('eth_sendRawTransactionSync', bytesToHex(sent.raw));
        expect([error.rpcCode, error.message]).toEqual([-32000, 'already known']);
      },
    },
  ],
};
