import type { BatchOperation, KeyValueSource } from '@heddle/executor';
import {
  type Block,
  bytesToHex,
  concatBytes,
  decodeBlock,
  decodeHeader,
  encodeBlock,
  encodeHeader,
  type Hash,
  type Header,
  hexToBytes,
} from '@heddle/primitives';
import { blockKey, decodeNumber, encodeNumbers, hashKey, readBlockRecord } from './chain-keys.ts';

// The RLP of a block is a list whose first item is the header. Its two records are cut there, so that headers are read
// without bodies and the block's RLP is put together again without decoding it:
//
//   header record: block hash 32 | RLP of the header          body record: the RLP items after the header

const HASH_SIZE = 32;

/** The operations that store the block and find it by its hash. */
export function blockOperations(hash: Hash, block: Block): BatchOperation[] {
  const { number } = block.header;
  const header = encodeHeader(block.header);
  const whole = encodeBlock(block);
  const body = whole.subarray(listPrefixSize(whole) + header.length);
  return [
    { type: 'put', key: blockKey('header', number), value: concatBytes(hexToBytes(hash), header) },
    { type: 'put', key: blockKey('body', number), value: body },
    { type: 'put', key: hashKey('number', hash), value: encodeNumbers(number) },
  ];
}

/** Hash and header of block `number`. */
export function readHeader(source: KeyValueSource, number: number): { hash: Hash; header: Header } | undefined {
  const record = readBlockRecord(source, 'header', number);
  return record && { hash: hashOf(record), header: decodeHeader(record.subarray(HASH_SIZE)) };
}

/** Hash and RLP of block `number`. */
export function readBlockBytes(source: KeyValueSource, number: number): { hash: Hash; block: Uint8Array } | undefined {
  const record = readBlockRecord(source, 'header', number);
  const body = record && readBlockRecord(source, 'body', number);
  return body && { hash: hashOf(record), block: rlpListOf(record.subarray(HASH_SIZE), body) };
}

/** Hash and content of block `number`. */
export function readBlock(source: KeyValueSource, number: number): { hash: Hash; block: Block } | undefined {
  const stored = readBlockBytes(source, number);
  return stored && { hash: stored.hash, block: decodeBlock(stored.block) };
}

/** The hash of block `number`. */
export function readBlockHash(source: KeyValueSource, number: number): Hash | undefined {
  const record = readBlockRecord(source, 'header', number);
  return record && hashOf(record);
}

/** The number of the block with this hash. */
export function readBlockNumber(source: KeyValueSource, hash: Hash): number | undefined {
  const record = source.getSync(hashKey('number', hash));
  return record && decodeNumber(record);
}

function hashOf(headerRecord: Uint8Array): Hash {
  return bytesToHex(headerRecord.subarray(0, HASH_SIZE));
}

/** How many bytes an RLP list has before its first item. */
function listPrefixSize(list: Uint8Array): number {
  const first = list[0] ?? 0;
  return first < 0xf8 ? 1 : first - 0xf6;
}

/** The RLP list with the items in `parts`. */
function rlpListOf(...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts);
  if (content.length < 56) return concatBytes(Uint8Array.of(0xc0 + content.length), content);
  const size = hexToBytes(`0x${padEven(content.length.toString(16))}`);
  return concatBytes(Uint8Array.of(0xf7 + size.length), size, content);
}

function padEven(digits: string): string {
  return digits.length % 2 === 0 ? digits : `0${digits}`;
}
