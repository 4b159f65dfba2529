import { expect } from 'vitest';
import { type MethodTest, TAKES_NO_PARAMETERS } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'names the node and its version',
    async run({ client }) {
      expect(await client.call('web3_clientVersion')).toBe('Heddle/v0.1.0/test');
    },
  },
  badParameter: TAKES_NO_PARAMETERS,
};
