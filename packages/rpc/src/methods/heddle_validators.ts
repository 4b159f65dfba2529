import { toQuantity } from '@heddle/primitives';
import { defineMethod } from '../method.ts';

/** `heddle_validators` */
export const heddle_validators = defineMethod({
  name: 'heddle_validators',
  summary: 'The validator set in force.',
  params: [],
  result: '[{address, stake, feeAddress}]',
  handle: (_, { ports }) =>
    ports.node
      .validators()
      .map(({ address, stake, feeAddress }) => ({ address, stake: toQuantity(stake), feeAddress })),
});
