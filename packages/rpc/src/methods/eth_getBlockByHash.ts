import { readBlock } from '../block-lookup.ts';
import { blockJson } from '../json/block-json.ts';
import { defineMethod } from '../method.ts';
import { hash } from '../params/bytes.ts';
import { optional, required } from '../params/parameter.ts';
import { boolean } from '../params/quantity.ts';

/** `eth_getBlockByHash` */
export const eth_getBlockByHash = defineMethod({
  name: 'eth_getBlockByHash',
  summary: 'A block by its hash, with transactions in full or by hash.',
  params: [required('hash', hash), optional('fullTransactions', boolean, false)],
  result: 'block, or null',
  handle([blockHash, isFull], context) {
    const reading = readBlock(context, { hash: blockHash });
    return reading ? blockJson(reading, isFull ? 'full' : 'hashes') : null;
  },
});
