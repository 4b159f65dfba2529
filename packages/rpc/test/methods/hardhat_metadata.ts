import { expect } from 'vitest';
import { type MethodTest, TAKES_NO_PARAMETERS } from '../method-test.ts';
import { INSTANCE_ID } from '../rpc-under-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'names the chain and its head, with a null fork so that Hardhat does not take it for itself',
    async run({ client, chain }) {
      const { hash } = chain.add();
      expect(await client.call('hardhat_metadata')).toEqual({
        clientVersion: 'Heddle/v0.1.0/test',
        chainId: 31337,
        instanceId: INSTANCE_ID,
        latestBlockNumber: 1,
        latestBlockHash: hash,
        forkedNetwork: null,
        snapshots: {},
      });
    },
  },
  badParameter: TAKES_NO_PARAMETERS,
};
