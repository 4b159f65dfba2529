import { readBlock } from '../block-lookup.ts';
import { receiptJson } from '../json/receipt-json.ts';
import { defineMethod } from '../method.ts';
import { blockId } from '../params/block-id.ts';
import { required } from '../params/parameter.ts';

/** `eth_getBlockReceipts` */
export const eth_getBlockReceipts = defineMethod({
  name: 'eth_getBlockReceipts',
  summary: 'All receipts of a block in order.',
  params: [required('block', blockId)],
  result: 'receipts, or null',
  handle([id], context) {
    const reading = readBlock(context, id);
    return reading ? reading.receipts().map((_, index) => receiptJson(reading, index)) : null;
  },
});
