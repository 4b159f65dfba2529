import { expect } from 'vitest';
import { type MethodTest, TAKES_NO_PARAMETERS } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'is false: a transaction is mined after its send is answered',
    async run({ client }) {
      expect(await client.call('anvil_getAutomine')).toBe(false);
    },
  },
  badParameter: TAKES_NO_PARAMETERS,
};
