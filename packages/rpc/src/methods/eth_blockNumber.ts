import { toQuantity } from '@heddle/primitives';
import { defineMethod } from '../method.ts';

/** `eth_blockNumber` */
export const eth_blockNumber = defineMethod({
  name: 'eth_blockNumber',
  summary: 'Number of the newest block.',
  params: [],
  result: 'quantity',
  handle: (_, context) => toQuantity(context.view().headNumber),
});
