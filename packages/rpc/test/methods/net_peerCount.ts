import { expect } from 'vitest';
import { type MethodTest, TAKES_NO_PARAMETERS } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'counts the peers',
    async run({ client }) {
      expect(await client.call('net_peerCount')).toBe('0x3');
    },
  },
  badParameter: TAKES_NO_PARAMETERS,
};
