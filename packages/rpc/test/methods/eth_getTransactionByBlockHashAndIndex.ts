import { expect } from 'vitest';
import type { MethodTest } from '../method-test.ts';
import { addSampleLogs } from '../sample-logs.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'is the same transaction as by its hash, null beyond the last one and for an unknown block',
    async run(rpc) {
      addSampleLogs(rpc);
      const { client, chain } = rpc;
      const second = await client.call('eth_getTransactionByBlockHashAndIndex', chain.at(1).hash, '0x1');
      expect(second).toMatchObject({ transactionIndex: '0x1', blockHash: chain.at(1).hash, value: '0x6' });
      expect(second).toEqual(await client.call('eth_getTransactionByHash', second.hash));
      expect(await client.call('eth_getTransactionByBlockHashAndIndex', chain.at(1).hash, '0x2')).toBeNull();
      expect(await client.call('eth_getTransactionByBlockHashAndIndex', `0x${'00'.repeat(32)}`, '0x0')).toBeNull();
    },
  },
  badParameter: {
    params: [`0x${'00'.repeat(32)}`, '0xzz'],
    message: 'invalid argument 1: invalid hex string',
  },
};
