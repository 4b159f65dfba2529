import { defineMethod } from '../method.ts';
import { address, data } from '../params/bytes.ts';
import { required } from '../params/parameter.ts';
import { signMessage } from '../signing.ts';

/** `eth_sign` */
export const eth_sign = defineMethod({
  name: 'eth_sign',
  summary: 'EIP-191 signature of a message by an account whose key the node holds.',
  params: [required('address', address), required('message', data)],
  result: '65 bytes (r, s, v)',
  handle: ([account, message], context) => signMessage(context, account, message),
});
