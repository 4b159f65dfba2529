import { toQuantity } from '@heddle/primitives';
import { defineMethod } from '../method.ts';
import { upcomingBaseFee } from '../tip-oracle.ts';

/** `eth_gasPrice` */
export const eth_gasPrice = defineMethod({
  name: 'eth_gasPrice',
  summary: 'Gas price for a legacy transaction sent now: the next base fee and the suggested tip.',
  params: [],
  result: 'quantity (wei)',
  handle(_, context) {
    const view = context.view();
    return toQuantity(upcomingBaseFee(view, context.ports.node) + context.tips.suggest(view));
  },
});
