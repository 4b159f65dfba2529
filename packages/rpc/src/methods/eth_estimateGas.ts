import { toQuantity } from '@heddle/primitives';
import { estimateGas } from '../call-request.ts';
import { defineMethod } from '../method.ts';
import { blockId, LATEST } from '../params/block-id.ts';
import { noOverrides } from '../params/overrides.ts';
import { optional, required } from '../params/parameter.ts';
import { transactionMessage } from '../params/transaction-message.ts';

/** `eth_estimateGas` */
export const eth_estimateGas = defineMethod({
  name: 'eth_estimateGas',
  summary: 'Gas limit with which a transaction succeeds.',
  params: [
    required('transaction', transactionMessage),
    optional('block', blockId, LATEST),
    optional('stateOverrides', noOverrides('state'), undefined),
    optional('blockOverrides', noOverrides('block'), undefined),
  ],
  result: 'quantity',
  concurrency: 8, // more would crowd other clients out of the query threads
  handle: async ([message, id], context) => toQuantity(await estimateGas(context, message, id)),
});
