import { GWEI, transfer } from '@heddle/testkit';
import { expect } from 'vitest';
import type { MethodTest } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'weighs the tips of each block by gas and adds the base fee after the range',
    async run({ client, chain, account }) {
      const withTip = (index: number, gwei: bigint) =>
        transfer(account(index), account(3), 1n, { maxPriorityFeePerGas: gwei * GWEI });
      chain.add();
      chain.add({
        transactions: [withTip(0, 9n), withTip(1, 3n), withTip(2, 5n)],
        outcomes: { 0: { gasUsed: 1_000_000n }, 1: { gasUsed: 6_000_000n }, 2: { gasUsed: 3_000_000n } },
      });
      const history = await client.call('eth_feeHistory', '0x2', 'latest', [0, 60, 61, 90, 91, 100]);
      expect(history).toEqual({
        oldestBlock: '0x1',
        reward: [
          ['0x0', '0x0', '0x0', '0x0', '0x0', '0x0'],
          [3n, 3n, 5n, 5n, 9n, 9n].map((gwei) => `0x${(gwei * GWEI).toString(16)}`),
        ],
        // 1 gwei falls by an eighth twice, then by an eighth of a third: 10 M of a target of 15 M were used.
        baseFeePerGas: [875_000_000n, 765_625_000n, 733_723_959n].map((wei) => `0x${wei.toString(16)}`),
        gasUsedRatio: [0, 1 / 3],
        baseFeePerBlobGas: ['0x1', '0x1', '0x1'],
        blobGasUsedRatio: [0, 0],
      });
    },
  },
  badParameter: { params: ['0x1', 'newest'], message: 'invalid argument 1: hex string without 0x prefix' },
  more: [
    {
      title: 'takes the count as number too, ends at genesis and leaves rewards out when none are asked for',
      async run({ client, chain }) {
        chain.add();
        const history = await client.call('eth_feeHistory', 50, 'latest', null);
        expect(Object.keys(history)).not.toContain('reward');
        expect([history.oldestBlock, history.baseFeePerGas.length, history.gasUsedRatio]).toEqual(['0x0', 3, [0, 0]]);
        expect(await client.call('eth_feeHistory', '0x1', '0x0', [])).toMatchObject({ oldestBlock: '0x0' });
      },
    },
    {
      title: 'answers nothing for no blocks, as geth does',
      async run(rpc) {
        const body = '{"jsonrpc":"2.0","id":1,"method":"eth_feeHistory","params":["0x0","latest",[]]}';
        const { text } = await rpc.client.post(body);
        expect(JSON.parse(text).result).toEqual({ oldestBlock: '0x0', gasUsedRatio: null });
      },
    },
    {
      title: 'refuses a block beyond the head and percentiles out of order or range',
      async run({ client }) {
        const beyond = await client.fail('eth_feeHistory', '0x1', '0x9', []);
        expect([beyond.rpcCode, beyond.message]).toEqual([-32000, 'request beyond head block: requested 9, head 0']);
        const high = await client.fail('eth_feeHistory', '0x1', 'latest', [100.5]);
        expect(high.message).toBe('invalid reward percentile: 100.500000');
        const unordered = await client.fail('eth_feeHistory', '0x1', 'latest', [20, 10]);
        expect(unordered.message).toBe('invalid reward percentile: #0:20.000000 >= #1:10.000000');
        const many = await client.fail(
          'eth_feeHistory',
          '0x1',
          'latest',
          Array.from({ length: 101 }, (_, i) => i / 2),
        );
        expect(many.message).toBe('invalid reward percentile: over the query limit 100');
      },
    },
  ],
};
