import { receiptJson } from '../json/receipt-json.ts';
import { defineMethod } from '../method.ts';
import { hash } from '../params/bytes.ts';
import { required } from '../params/parameter.ts';
import { findMined } from '../transaction-lookup.ts';

/** `eth_getTransactionReceipt` */
export const eth_getTransactionReceipt = defineMethod({
  name: 'eth_getTransactionReceipt',
  summary: 'What a mined transaction did.',
  params: [required('hash', hash)],
  result: 'receipt, or null',
  handle([wanted], context) {
    const mined = findMined(context, wanted);
    return mined ? receiptJson(mined.reading, mined.index) : null;
  },
});
