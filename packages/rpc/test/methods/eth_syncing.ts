import { expect } from 'vitest';
import { type MethodTest, TAKES_NO_PARAMETERS } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'is false at the head, else how far the node has come',
    async run({ client, node }) {
      expect(await client.call('eth_syncing')).toBe(false);
      node.syncing = { startingBlock: 1, currentBlock: 20, highestBlock: 300 };
      const expected = { startingBlock: '0x1', currentBlock: '0x14', highestBlock: '0x12c' };
      expect(await client.call('eth_syncing')).toEqual(expected);
    },
  },
  badParameter: TAKES_NO_PARAMETERS,
};
