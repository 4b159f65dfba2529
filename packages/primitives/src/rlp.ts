import { HeddleError } from './errors.ts';

/** A decoded RLP item: a byte string or a list of items. */
export type RlpItem = Uint8Array | RlpItem[];
/** What {@link encodeRlp} takes. */
export type RlpInput = Uint8Array | readonly RlpInput[];

/** Lists in lists at most. The deepest that is exchanged is a storage key in a block's transaction: 6. */
const MAX_DEPTH = 32;
/** Items of one value at most: a block of 100,000 plain transfers has so many. Each costs memory, however short. */
const MAX_ITEMS = 1_000_000;
/** What is shorter has its length in its first byte. */
const SHORT_BYTES = 56;
/** So many bytes are copied faster by a loop than through a view. */
const LOOP_BYTES = 64;
/** First byte of an empty string. */
export const RLP_STRING = 0x80;
/** First byte of an empty list. */
export const RLP_LIST = 0xc0;

/** The RLP of `item`. */
export function encodeRlp(item: RlpInput): Uint8Array {
  const encoded = new Uint8Array(sizeOf(item));
  write(item, encoded, 0);
  return encoded;
}

/**
 * The item that `bytes` encodes, whole and canonical; its byte strings are copies. Takes time in proportion to the bytes
 * whatever they are: what peers send comes here first.
 *
 * @throws HeddleError `RLP_MALFORMED` when a length is wrong or not minimal, bytes are left over, or there are too many
 *   lists in each other or items.
 */
export function decodeRlp(bytes: Uint8Array): RlpItem {
  const decoder = new Decoder(bytes);
  const item = decoder.item(bytes.length, 0);
  if (decoder.offset !== bytes.length) throw malformed('bytes are left over');
  return item;
}

class Decoder {
  readonly #bytes: Uint8Array;
  #items = 0;
  offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The item at the offset, which must end at `end` at the latest. */
  item(end: number, depth: number): RlpItem {
    if (this.#items++ >= MAX_ITEMS) throw malformed(`more than ${MAX_ITEMS} items`);
    const first = this.#byte(end);
    if (first < 0x80) return Uint8Array.of(first);
    const isList = first >= 0xc0;
    const size = this.#size(first - (isList ? 0xc0 : 0x80), end);
    const itemEnd = this.offset + size;
    if (itemEnd > end) throw malformed('a length exceeds what is there');
    if (isList) return this.#list(itemEnd, depth + 1);
    const string = this.#copy(size);
    if (size === 1 && (string[0] as number) < 0x80) throw malformed('a byte that is its own encoding has a length');
    this.offset = itemEnd;
    return string;
  }

  #copy(size: number): Uint8Array {
    const copy = new Uint8Array(size);
    if (size > LOOP_BYTES) copy.set(this.#bytes.subarray(this.offset, this.offset + size));
    else for (let place = 0; place < size; place++) copy[place] = this.#bytes[this.offset + place] as number;
    return copy;
  }

  #list(end: number, depth: number): RlpItem[] {
    if (depth > MAX_DEPTH) throw malformed(`more than ${MAX_DEPTH} lists in each other`);
    const items: RlpItem[] = [];
    while (this.offset < end) items.push(this.item(end, depth));
    return items;
  }

  /** `tag`: the size itself, or 55 plus the bytes that it takes. */
  #size(tag: number, end: number): number {
    if (tag < SHORT_BYTES) return tag;
    let size = 0;
    for (let left = tag - SHORT_BYTES + 1; left > 0; left--) {
      const byte = this.#byte(end);
      if (size === 0 && byte === 0) throw malformed('a length has leading zeros');
      size = size * 256 + byte;
    }
    if (size < SHORT_BYTES) throw malformed('a short length is written long');
    return size;
  }

  #byte(end: number): number {
    if (this.offset >= end) throw malformed('it is cut off');
    return this.#bytes[this.offset++] as number;
  }
}

function sizeOf(item: RlpInput): number {
  const contentBytes = contentSizeOf(item);
  if (item instanceof Uint8Array && contentBytes === 1 && (item[0] ?? 0) < RLP_STRING) return 1;
  return headSizeOf(contentBytes) + contentBytes;
}

function contentSizeOf(item: RlpInput): number {
  if (item instanceof Uint8Array) return item.length;
  let sizeBytes = 0;
  for (const inner of item) sizeBytes += sizeOf(inner);
  return sizeBytes;
}

/** Bytes before a content of this size, which is not its own encoding. */
export function headSizeOf(contentBytes: number): number {
  return contentBytes < SHORT_BYTES ? 1 : 1 + lengthSizeOf(contentBytes);
}

function lengthSizeOf(length: number): number {
  return length < 0x100 ? 1 : length < 0x1_0000 ? 2 : length < 0x100_0000 ? 3 : 4;
}

/** Writes `item` at `start`; gives where it ends. */
function write(item: RlpInput, into: Uint8Array, start: number): number {
  if (item instanceof Uint8Array) {
    if (item.length === 1 && (item[0] ?? 0) < RLP_STRING) {
      into[start] = item[0] ?? 0;
      return start + 1;
    }
    const offset = writeHead(into, start, RLP_STRING, item.length);
    into.set(item, offset);
    return offset + item.length;
  }
  let offset = writeHead(into, start, RLP_LIST, contentSizeOf(item));
  for (const inner of item) offset = write(inner, into, offset);
  return offset;
}

/** Writes those bytes at `start`; gives where they end. */
export function writeHead(into: Uint8Array, start: number, kind: number, contentBytes: number): number {
  if (contentBytes < SHORT_BYTES) {
    into[start] = kind + contentBytes;
    return start + 1;
  }
  const lengthBytes = lengthSizeOf(contentBytes);
  into[start] = kind + SHORT_BYTES - 1 + lengthBytes;
  for (let place = lengthBytes, left = contentBytes; place > 0; place--, left >>>= 8) into[start + place] = left & 0xff;
  return start + 1 + lengthBytes;
}

function malformed(what: string): HeddleError {
  return new HeddleError('RLP_MALFORMED', `not valid RLP: ${what}`);
}
