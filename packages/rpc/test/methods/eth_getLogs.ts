import { expect } from 'vitest';
import type { MethodTest } from '../method-test.ts';
import type { RpcUnderTest } from '../rpc-under-test.ts';
import { APPROVAL, addSampleLogs, TOKEN_A, TOKEN_B, TRANSFER, topicOf } from '../sample-logs.ts';

const ALL = { fromBlock: 'earliest', toBlock: 'latest' };

/** `block/logIndex` of what a filter finds. */
async function places({ client }: RpcUnderTest, filter: object): Promise<string[]> {
  const logs: { blockNumber: string; logIndex: string }[] = await client.call('eth_getLogs', filter);
  return logs.map(({ blockNumber, logIndex }) => `${Number(blockNumber)}/${Number(logIndex)}`);
}

export const methodTest: MethodTest = {
  result: {
    title: 'finds logs by address and topics, in order, with their places',
    async run(rpc) {
      addSampleLogs(rpc);
      const { chain, client } = rpc;
      const { hash, block } = chain.at(1);
      const found = await client.call('eth_getLogs', { ...ALL, address: TOKEN_B, topics: [APPROVAL] });
      expect(found).toEqual([
        {
          address: TOKEN_B,
          topics: [APPROVAL, topicOf(1)],
          data: '0x0707',
          blockNumber: '0x1',
          transactionHash: (await client.call('eth_getTransactionByBlockNumberAndIndex', '0x1', '0x1')).hash,
          transactionIndex: '0x1',
          blockHash: hash,
          blockTimestamp: `0x${block.header.timestamp.toString(16)}`,
          logIndex: '0x2',
          removed: false,
        },
      ]);
      expect(await places(rpc, ALL)).toEqual(['1/0', '1/1', '1/2', '3/0', '3/1']);
      expect(await places(rpc, { ...ALL, address: [TOKEN_A] })).toEqual(['1/0', '1/1', '3/1']);
      expect(await places(rpc, { ...ALL, address: [TOKEN_A, TOKEN_B], topics: [TRANSFER] })).toEqual([
        '1/0',
        '1/1',
        '3/0',
      ]);
      expect(await places(rpc, { ...ALL, topics: [null, topicOf(1)] })).toEqual(['1/0', '1/2', '3/0']);
      expect(await places(rpc, { ...ALL, topics: [[TRANSFER, APPROVAL], null, [topicOf(2), topicOf(3)]] })).toEqual([
        '1/0',
        '1/1',
        '3/0',
      ]);
      expect(await places(rpc, { ...ALL, topics: [[null, APPROVAL]] })).toEqual(['1/0', '1/1', '1/2', '3/0']);
      expect(await places(rpc, { ...ALL, topics: [topicOf(9)] })).toEqual([]);
    },
  },
  badParameter: {
    params: [{ topics: [null, null, null, null, null] }],
    message: 'invalid argument 0: topics: exceed max topics',
  },
  more: [
    {
      title: 'chooses blocks by range, by hash, and takes the head when none are named',
      async run(rpc) {
        addSampleLogs(rpc);
        expect(await places(rpc, {})).toEqual(['3/0', '3/1']);
        expect(await places(rpc, { fromBlock: '0x2' })).toEqual(['3/0', '3/1']);
        expect(await places(rpc, { fromBlock: '0x1', toBlock: '0x2' })).toEqual(['1/0', '1/1', '1/2']);
        expect(await places(rpc, { blockHash: rpc.chain.at(1).hash, address: TOKEN_B })).toEqual(['1/2']);
        expect(await places(rpc, { fromBlock: '0x4' }), 'a poller that is at the head').toEqual([]);
      },
    },
    {
      title: 'refuses unknown hashes and wrong ranges as geth does',
      async run(rpc) {
        addSampleLogs(rpc);
        const why = async (filter: object) => {
          const { rpcCode, message } = await rpc.client.fail('eth_getLogs', filter);
          return [rpcCode, message];
        };
        const unknown = `0x${'00'.repeat(32)}`;
        expect(await why({ blockHash: unknown })).toEqual([-32000, 'unknown block']);
        expect(await why({ fromBlock: '0x2', toBlock: '0x1' })).toEqual([-32602, 'invalid block range params']);
        expect(await why({ toBlock: '0x9' })).toEqual([-32602, 'block range extends beyond current head block']);
        expect(await why({ blockHash: unknown, toBlock: '0x1' })).toEqual([
          -32602,
          'cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other',
        ]);
        expect(await why({ address: Array.from({ length: 1_001 }, () => TOKEN_A) })).toEqual([
          -32602,
          'invalid argument 0: exceed max addresses or topics per search position: 1000',
        ]);
        expect(await why({ topics: [Array.from({ length: 1_001 }, () => TRANSFER)] })).toEqual([
          -32602,
          'invalid argument 0: exceed max addresses or topics per search position: 1000',
        ]);
      },
    },
  ],
};
