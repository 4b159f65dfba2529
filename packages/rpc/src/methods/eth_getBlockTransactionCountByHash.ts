import { toQuantity } from '@heddle/primitives';
import { readBlock } from '../block-lookup.ts';
import { defineMethod } from '../method.ts';
import { hash } from '../params/bytes.ts';
import { required } from '../params/parameter.ts';

/** `eth_getBlockTransactionCountByHash` */
export const eth_getBlockTransactionCountByHash = defineMethod({
  name: 'eth_getBlockTransactionCountByHash',
  summary: 'How many transactions a block holds.',
  params: [required('hash', hash)],
  result: 'quantity, or null',
  handle([blockHash], context) {
    const reading = readBlock(context, { hash: blockHash });
    return reading ? toQuantity(reading.transactionCount) : null;
  },
});
