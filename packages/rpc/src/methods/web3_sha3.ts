import { keccak256Hex } from '@heddle/primitives';
import { defineMethod } from '../method.ts';
import { data } from '../params/bytes.ts';
import { required } from '../params/parameter.ts';

/** `web3_sha3` */
export const web3_sha3 = defineMethod({
  name: 'web3_sha3',
  summary: 'Keccak-256 of data.',
  params: [required('data', data)],
  result: 'hash',
  handle: ([bytes]) => keccak256Hex(bytes),
});
