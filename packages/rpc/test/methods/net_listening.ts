import { expect } from 'vitest';
import { type MethodTest, TAKES_NO_PARAMETERS } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'is true',
    async run({ client }) {
      expect(await client.call('net_listening')).toBe(true);
    },
  },
  badParameter: TAKES_NO_PARAMETERS,
};
