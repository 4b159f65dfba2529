import type { KeyValueSource } from '@heddle/executor';
import { bigIntToBytes, decodeRlp, EMPTY_BYTES, encodeRlp, hexToBytes, readFields } from '@heddle/primitives';
import type { HeadInfo } from '../execution/main-boundary.ts';
import { HEAD_KEY } from './chain-keys.ts';

/** The head of `source`; undefined in a store without a chain. */
export function readHead(source: KeyValueSource): HeadInfo | undefined {
  const record = source.getSync(HEAD_KEY);
  return record && decodeHeadRecord(record);
}

/** The record that is the head: the last thing that says which block all else belongs to. */
export function encodeHeadRecord(head: HeadInfo): Uint8Array {
  return encodeRlp([
    bigIntToBytes(BigInt(head.number)),
    hexToBytes(head.hash),
    head.header,
    head.certificate ?? EMPTY_BYTES,
    head.validators ?? EMPTY_BYTES,
    head.nextValidators,
  ]);
}

function decodeHeadRecord(record: Uint8Array): HeadInfo {
  const fields = readFields(decodeRlp(record), 'head record');
  const optional = (field: string): Uint8Array | undefined => {
    const bytes = fields.bytes(field);
    return bytes.length === 0 ? undefined : bytes;
  };
  const head = {
    number: fields.number('number'),
    hash: fields.hash('hash'),
    header: fields.bytes('header'),
    certificate: optional('certificate'),
    validators: optional('validators'),
    nextValidators: fields.bytes('nextValidators'),
  };
  fields.end();
  return head;
}
