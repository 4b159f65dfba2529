import { expect } from 'vitest';
import { type MethodTest, TAKES_NO_PARAMETERS } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: "has anvil's shape, also when params is null",
    async run({ client, chain }) {
      const { hash, block } = chain.add();
      const { text } = await client.post('{"jsonrpc":"2.0","id":1,"method":"anvil_nodeInfo","params":null}');
      const info = JSON.parse(text).result;
      expect(info).toEqual(await client.call('anvil_nodeInfo'));
      expect(info).toEqual({
        currentBlockNumber: '0x1',
        currentBlockTimestamp: block.header.timestamp,
        currentBlockHash: hash,
        hardFork: 'Osaka',
        transactionOrder: 'fees',
        environment: { baseFee: '0x2da282a8', chainId: 31337, gasLimit: '0x1c9c380', gasPrice: '0x693d4ca8' },
        forkConfig: { forkUrl: null, forkBlockNumber: null, forkRetryBackoff: null },
      });
    },
  },
  badParameter: TAKES_NO_PARAMETERS,
};
