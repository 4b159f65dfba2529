import { expect } from 'vitest';
import { type MethodTest, MISSING_FIRST } from '../method-test.ts';
import { addSampleLogs } from '../sample-logs.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'has the receipt of every transaction in order, as asked for one by one',
    async run(rpc) {
      addSampleLogs(rpc);
      const receipts = await rpc.client.call('eth_getBlockReceipts', '0x1');
      expect(receipts).toHaveLength(2);
      for (const receipt of receipts) {
        expect(receipt).toEqual(await rpc.client.call('eth_getTransactionReceipt', receipt.transactionHash));
      }
      expect(receipts[1].logs.map(({ logIndex }: { logIndex: string }) => logIndex)).toEqual(['0x1', '0x2']);
      const byHash = await rpc.client.call('eth_getBlockReceipts', { blockHash: rpc.chain.at(1).hash });
      expect(byHash).toEqual(receipts);
    },
  },
  badParameter: MISSING_FIRST,
  more: [
    {
      title: 'is empty for an empty block and null for an unknown one',
      async run({ client }) {
        expect(await client.call('eth_getBlockReceipts', 'latest')).toEqual([]);
        expect(await client.call('eth_getBlockReceipts', '0x9')).toBeNull();
        expect(await client.call('eth_getBlockReceipts', `0x${'00'.repeat(32)}`)).toBeNull();
      },
    },
  ],
};
