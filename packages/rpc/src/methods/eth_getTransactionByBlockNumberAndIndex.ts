import { readBlock } from '../block-lookup.ts';
import { minedTransactionJson } from '../json/transaction-json.ts';
import { defineMethod } from '../method.ts';
import { blockNumber } from '../params/block-id.ts';
import { required } from '../params/parameter.ts';
import { looseNumber } from '../params/quantity.ts';

/** `eth_getTransactionByBlockNumberAndIndex` */
export const eth_getTransactionByBlockNumberAndIndex = defineMethod({
  name: 'eth_getTransactionByBlockNumberAndIndex',
  summary: 'A transaction by its place in a block.',
  params: [required('block', blockNumber), required('index', looseNumber)],
  result: 'transaction, or null',
  handle([id, index], context) {
    const reading = readBlock(context, id);
    return reading && index < reading.transactionCount ? minedTransactionJson(reading, index) : null;
  },
});
