import { toQuantity } from '@heddle/primitives';
import { defineMethod } from '../method.ts';

/** `eth_maxPriorityFeePerGas` */
export const eth_maxPriorityFeePerGas = defineMethod({
  name: 'eth_maxPriorityFeePerGas',
  summary: 'Tip for a transaction sent now, from the tips of recent blocks.',
  params: [],
  result: 'quantity (wei)',
  handle: (_, context) => toQuantity(context.tips.suggest(context.view())),
});
