import { toQuantity } from '@heddle/primitives';
import { readState } from '../block-lookup.ts';
import { defineMethod } from '../method.ts';
import { blockId, LATEST } from '../params/block-id.ts';
import { address } from '../params/bytes.ts';
import { optional, required } from '../params/parameter.ts';

/** `eth_getBalance` */
export const eth_getBalance = defineMethod({
  name: 'eth_getBalance',
  summary: 'Balance of an account.',
  params: [required('address', address), optional('block', blockId, LATEST)],
  result: 'quantity (wei)',
  handle: ([account, id], context) =>
    toQuantity(readState(context, id, (view, number) => view.account(account, number)?.balance ?? 0n)),
});
