import { readBlock } from '../block-lookup.ts';
import { minedTransactionJson } from '../json/transaction-json.ts';
import { defineMethod } from '../method.ts';
import { hash } from '../params/bytes.ts';
import { required } from '../params/parameter.ts';
import { looseNumber } from '../params/quantity.ts';

/** `eth_getTransactionByBlockHashAndIndex` */
export const eth_getTransactionByBlockHashAndIndex = defineMethod({
  name: 'eth_getTransactionByBlockHashAndIndex',
  summary: 'A transaction by its place in a block.',
  params: [required('hash', hash), required('index', looseNumber)],
  result: 'transaction, or null',
  handle([blockHash, index], context) {
    const reading = readBlock(context, { hash: blockHash });
    return reading && index < reading.transactionCount ? minedTransactionJson(reading, index) : null;
  },
});
