import { expect } from 'vitest';
import { type MethodTest, TAKES_NO_PARAMETERS } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'passes on what the node tells who wants to join',
    async run({ client }) {
      expect(await client.call('heddle_getJoinInfo')).toEqual({ genesis: { config: { chainId: 31337 } }, peers: [] });
    },
  },
  badParameter: TAKES_NO_PARAMETERS,
};
