import { readBlock } from '../block-lookup.ts';
import { blockJson } from '../json/block-json.ts';
import { defineMethod } from '../method.ts';
import { blockNumber } from '../params/block-id.ts';
import { optional, required } from '../params/parameter.ts';
import { boolean } from '../params/quantity.ts';

/** `eth_getBlockByNumber` */
export const eth_getBlockByNumber = defineMethod({
  name: 'eth_getBlockByNumber',
  summary: 'A block by its number or tag, with transactions in full or by hash.',
  params: [required('block', blockNumber), optional('fullTransactions', boolean, false)],
  result: 'block, or null',
  handle([id, isFull], context) {
    const reading = readBlock(context, id);
    return reading ? blockJson(reading, isFull ? 'full' : 'hashes') : null;
  },
});
