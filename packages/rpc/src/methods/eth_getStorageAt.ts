import { bytesToHex } from '@heddle/primitives';
import { readState } from '../block-lookup.ts';
import { defineMethod } from '../method.ts';
import { blockId, LATEST } from '../params/block-id.ts';
import { address, storageKey } from '../params/bytes.ts';
import { optional, required } from '../params/parameter.ts';

/** `eth_getStorageAt` */
export const eth_getStorageAt = defineMethod({
  name: 'eth_getStorageAt',
  summary: 'Value of a storage slot.',
  params: [required('address', address), required('slot', storageKey), optional('block', blockId, LATEST)],
  result: '32 bytes',
  handle: ([account, slot, id], context) =>
    bytesToHex(readState(context, id, (view, number) => view.slot(account, slot, number))),
});
