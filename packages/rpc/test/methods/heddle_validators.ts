import { expect } from 'vitest';
import { type MethodTest, TAKES_NO_PARAMETERS } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'lists the validators with stake and fee address',
    async run({ client }) {
      const validators = await client.call('heddle_validators');
      expect(validators).toHaveLength(4);
      expect(validators[1]).toEqual({
        address: `0x${'02'.repeat(20)}`,
        stake: '0xc8',
        feeAddress: `0x${'f2'.repeat(20)}`,
      });
    },
  },
  badParameter: TAKES_NO_PARAMETERS,
};
