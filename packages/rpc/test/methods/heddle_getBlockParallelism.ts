import { expect } from 'vitest';
import type { MethodTest } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'is what the node knows of a block, null when it knows nothing',
    async run({ client, chain, node }) {
      const { hash } = chain.add();
      chain.add();
      node.parallelism.set(1, { number: '0x1', hash, workers: 2, hot: [] });
      const figures = await client.call('heddle_getBlockParallelism', '0x1');
      expect(figures).toEqual({ number: '0x1', hash, workers: 2, hot: [] });
      expect(await client.call('heddle_getBlockParallelism', hash)).toEqual(figures);
      expect(await client.call('heddle_getBlockParallelism')).toBeNull();
      expect(await client.call('heddle_getBlockParallelism', '0x9')).toBeNull();
    },
  },
  badParameter: { params: [{}], message: 'invalid argument 0: neither blockHash nor blockNumber specified' },
};
