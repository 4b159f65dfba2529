import { expect } from 'vitest';
import type { MethodTest } from '../method-test.ts';
import { addSampleLogs } from '../sample-logs.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'counts the transactions, null for an unknown block',
    async run(rpc) {
      addSampleLogs(rpc);
      const { client, chain } = rpc;
      expect(await client.call('eth_getBlockTransactionCountByNumber', '0x1')).toBe('0x2');
      expect(await client.call('eth_getBlockTransactionCountByNumber', '0x9')).toBeNull();
      expect(chain.headNumber).toBe(3);
    },
  },
  badParameter: { params: [true], message: 'invalid argument 0: expected a block number or tag' },
};
