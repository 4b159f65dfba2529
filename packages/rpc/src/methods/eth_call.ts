import { bytesToHex } from '@heddle/primitives';
import { runCall } from '../call-request.ts';
import { defineMethod } from '../method.ts';
import { blockId, LATEST } from '../params/block-id.ts';
import { noOverrides } from '../params/overrides.ts';
import { optional, required } from '../params/parameter.ts';
import { transactionMessage } from '../params/transaction-message.ts';

/** `eth_call` */
export const eth_call = defineMethod({
  name: 'eth_call',
  summary: 'Runs a message on a state without changing it.',
  params: [
    required('transaction', transactionMessage),
    optional('block', blockId, LATEST),
    optional('stateOverrides', noOverrides('state'), undefined),
    optional('blockOverrides', noOverrides('block'), undefined),
  ],
  result: 'return data',
  concurrency: 8, // more would crowd other clients out of the query threads
  async handle([message, id], context) {
    const { returnData } = await runCall(context, message, id);
    return bytesToHex(returnData);
  },
});
