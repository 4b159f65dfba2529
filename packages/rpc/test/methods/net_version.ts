import { expect } from 'vitest';
import { type MethodTest, TAKES_NO_PARAMETERS } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'is the chain id in decimal',
    async run({ client }) {
      expect(await client.call('net_version')).toBe('31337');
    },
  },
  badParameter: TAKES_NO_PARAMETERS,
};
