import { GWEI } from '@heddle/testkit';
import { expect } from 'vitest';
import type { MethodTest } from '../method-test.ts';

const TARGET = `0x${'c0'.repeat(20)}` as const;

export const methodTest: MethodTest = {
  result: {
    title: 'fills in nonce, gas by estimate and fees, signs and sends',
    async run({ client, query, account }) {
      query.estimateGas = () => ({ status: 'estimated', gas: 54_321n });
      const from = account(1).address;
      const send = (fields: object) => client.call('eth_sendTransaction', { from, to: TARGET, ...fields });
      await send({});
      const hash = await send({ value: '0x5', data: '0xab' });
      expect(await client.call('eth_getTransactionByHash', hash)).toMatchObject({
        from,
        to: TARGET,
        nonce: '0x1',
        gas: '0xd431',
        value: '0x5',
        input: '0xab',
        type: '0x2',
        chainId: '0x7a69',
        maxPriorityFeePerGas: `0x${GWEI.toString(16)}`,
        maxFeePerGas: `0x${(GWEI + 2n * 875_000_000n).toString(16)}`,
      });
    },
  },
  badParameter: { params: ['0x1'], message: 'invalid argument 0: expected an object, got string' },
  more: [
    {
      title: 'keeps what is given: nonce, gas, a gas price (legacy, or type 1 with an access list), caps',
      async run({ client, account, query }) {
        query.estimateGas = () => {
          throw new RangeError('no estimate is needed');
        };
        const from = account(0).address;
        const sent = async (fields: object) => {
          const hash = await client.call('eth_sendTransaction', { from, to: TARGET, gas: '0x7530', ...fields });
          return client.call('eth_getTransactionByHash', hash);
        };
        expect(await sent({ gasPrice: '0x77359400', nonce: '0x0' })).toMatchObject({
          type: '0x0',
          nonce: '0x0',
          gas: '0x7530',
          gasPrice: '0x77359400',
        });
        expect(await sent({ gasPrice: '0x77359400', accessList: [] })).toMatchObject({ type: '0x1', nonce: '0x1' });
        expect(await sent({ maxFeePerGas: '0x3' })).toMatchObject({ maxFeePerGas: '0x3', maxPriorityFeePerGas: '0x3' });
        expect(await sent({ maxPriorityFeePerGas: '0x3' })).toMatchObject({ maxPriorityFeePerGas: '0x3' });
      },
    },
    {
      title: 'refuses accounts that the node does not hold, and creations without code',
      async run({ client, account }) {
        const stranger = await client.fail('eth_sendTransaction', { from: account(3).address, to: TARGET });
        expect([stranger.rpcCode, stranger.message]).toEqual([-32000, 'unknown account']);
        expect((await client.fail('eth_sendTransaction', { to: TARGET })).message).toBe('unknown account');
        const empty = await client.fail('eth_sendTransaction', { from: account(0).address });
        expect(empty.message).toBe('contract creation without any data provided');
      },
    },
    {
      title: 'answers a revert at the estimate with its data and sends nothing',
      async run({ client, account, query }) {
        query.estimateGas = () => ({ status: 'reverted', returnData: Uint8Array.of(0xab) });
        const error = await client.fail('eth_sendTransaction', { from: account(0).address, to: TARGET });
        expect([error.rpcCode, error.message, error.data]).toEqual([3, 'execution reverted', '0xab']);
        expect(await client.call('txpool_status')).toEqual({ pending: '0x0', queued: '0x0' });
      },
    },
  ],
};
