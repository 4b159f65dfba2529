import { toQuantity } from '@heddle/primitives';
import { readBlock } from '../block-lookup.ts';
import { defineMethod } from '../method.ts';
import { blockNumber } from '../params/block-id.ts';
import { required } from '../params/parameter.ts';

/** `eth_getBlockTransactionCountByNumber` */
export const eth_getBlockTransactionCountByNumber = defineMethod({
  name: 'eth_getBlockTransactionCountByNumber',
  summary: 'How many transactions a block holds.',
  params: [required('block', blockNumber)],
  result: 'quantity, or null',
  handle([id], context) {
    const reading = readBlock(context, id);
    return reading ? toQuantity(reading.transactionCount) : null;
  },
});
