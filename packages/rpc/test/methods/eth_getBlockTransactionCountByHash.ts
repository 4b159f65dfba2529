import { expect } from 'vitest';
import type { MethodTest } from '../method-test.ts';
import { addSampleLogs } from '../sample-logs.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'counts the transactions, null for an unknown block',
    async run(rpc) {
      addSampleLogs(rpc);
      const { client, chain } = rpc;
      expect(await client.call('eth_getBlockTransactionCountByHash', chain.at(1).hash)).toBe('0x2');
      expect(await client.call('eth_getBlockTransactionCountByHash', `0x${'00'.repeat(32)}`)).toBeNull();
      expect(chain.headNumber).toBe(3);
    },
  },
  badParameter: { params: ['latest'], message: 'invalid argument 0: hex string without 0x prefix' },
};
