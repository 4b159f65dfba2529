import { defineMethod } from '../method.ts';
import { address, data } from '../params/bytes.ts';
import { expectString, optional, required } from '../params/parameter.ts';
import { signMessage } from '../signing.ts';

/** `personal_sign`: `eth_sign` with its parameters the other way round, as wallets and their libraries call it. */
export const personal_sign = defineMethod({
  name: 'personal_sign',
  summary: 'EIP-191 signature of a message by an account whose key the node holds.',
  params: [
    required('message', data),
    required('address', address),
    optional('password', { description: 'ignored', parse: expectString }, undefined),
  ],
  result: '65 bytes (r, s, v)',
  handle: ([message, account], context) => signMessage(context, account, message),
});
