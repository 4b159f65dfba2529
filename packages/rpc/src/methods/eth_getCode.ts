import { bytesToHex, EMPTY_BYTES, EMPTY_CODE_HASH } from '@heddle/primitives';
import { readState } from '../block-lookup.ts';
import { defineMethod } from '../method.ts';
import { blockId, LATEST } from '../params/block-id.ts';
import { address } from '../params/bytes.ts';
import { optional, required } from '../params/parameter.ts';

/** `eth_getCode` */
export const eth_getCode = defineMethod({
  name: 'eth_getCode',
  summary: 'Code of an account.',
  params: [required('address', address), optional('block', blockId, LATEST)],
  result: 'data',
  handle: ([account, id], context) =>
    bytesToHex(
      readState(context, id, (view, number) => {
        const codeHash = view.account(account, number)?.codeHash ?? EMPTY_CODE_HASH;
        return codeHash === EMPTY_CODE_HASH ? EMPTY_BYTES : view.code(codeHash);
      }),
    ),
});
