import { expect } from 'vitest';
import type { MethodTest } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'answers with the estimate at the head',
    async run({ client, chain, query }) {
      chain.add();
      query.estimateGas = ({ value }, number) => ({ status: 'estimated', gas: value + BigInt(number) });
      expect(await client.call('eth_estimateGas', { value: '0x10' })).toBe('0x11');
    },
  },
  badParameter: {
    params: [{ value: '0x01' }],
    message: 'invalid argument 0: value: hex number with leading zero digits',
  },
  more: [
    {
      title: 'passes authorizations on: they cost gas',
      async run({ client, query, account }) {
        query.estimateGas = ({ authorizationList = [] }) => ({
          status: 'estimated',
          gas: 21_000n + 25_000n * BigInt(authorizationList.length),
        });
        const { address } = account(0);
        const authorization = { chainId: '0x0', address, nonce: '0x0', yParity: '0x1', r: '0x2', s: '0x3' };
        const message = { to: address, authorizationList: [authorization] };
        expect(await client.call('eth_estimateGas', message)).toBe('0xb3b0');
      },
    },
    {
      title: 'answers a revert with code 3 and an impossible estimate in its own words',
      async run({ client, query }) {
        query.estimateGas = () => ({ status: 'reverted', returnData: Uint8Array.of(1, 2) });
        const reverted = await client.fail('eth_estimateGas', {});
        expect([reverted.rpcCode, reverted.message, reverted.data]).toEqual([3, 'execution reverted', '0x0102']);
        query.estimateGas = () => ({
          status: 'failed',
          code: -32000,
          message: 'gas required exceeds allowance (21000)',
        });
        expect((await client.fail('eth_estimateGas', {})).message).toBe('gas required exceeds allowance (21000)');
      },
    },
    {
      title: 'refuses another chain and blobs',
      async run({ client }) {
        const other = await client.fail('eth_estimateGas', { chainId: '0x1' });
        expect(other.message).toBe("chainId does not match node's (have=1, want=31337)");
        const blobs = await client.fail('eth_estimateGas', { blobVersionedHashes: [`0x01${'00'.repeat(31)}`] });
        expect(blobs.message).toBe('blob transactions are not supported yet');
      },
    },
  ],
};
