import { assert } from '@heddle/primitives';
import { unpackPath } from './nibbles.ts';
import { BRANCH_WIDTH, type NodeReference, type TrieNode } from './trie-node.ts';

const STRING = 0x80;
const LIST = 0xc0;
const MAX_SHORT = 55;

/** The node that `encoding` holds, whose parts are views of it. Only for what assembly/trie/rlp.ts wrote. */
export function decodeNode(encoding: Uint8Array): TrieNode {
  const items = itemsOf(encoding);
  if (items.length === BRANCH_WIDTH + 1) {
    return { kind: 'branch', children: items.slice(0, BRANCH_WIDTH).map(referenceOf) };
  }
  const [packed, content] = items;
  assert(items.length === 2 && packed !== undefined && content !== undefined, 'a node has 2 or 17 items');
  const { path, kind } = unpackPath(packed.content);
  if (kind === 'leaf') return { kind, path, value: content.content };
  const child = referenceOf(content);
  assert(child !== undefined, 'an extension leads on');
  return { kind, path, child };
}

function referenceOf(item: Item): NodeReference | undefined {
  if (item.isList) return decodeNode(item.whole);
  return item.content.length === 0 ? undefined : item.content;
}

interface Item {
  readonly isList: boolean;
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

function itemsOf(list: Uint8Array): Item[] {
  const outer = itemAt(list, 0);
  assert(outer.isList && outer.whole.length === list.length, 'a node is one list');
  const items: Item[] = [];
  for (let offset = 0; offset < outer.content.length; ) {
    const item = itemAt(outer.content, offset);
    items.push(item);
    offset += item.whole.length;
  }
  return items;
}

function itemAt(bytes: Uint8Array, start: number): Item {
  const first = byteAt(bytes, start);
  if (first < STRING) {
    const whole = bytes.subarray(start, start + 1);
    return { isList: false, whole, content: whole };
  }
  const isList = first >= LIST;
  const short = first - (isList ? LIST : STRING);
  const sizeOfSize = short > MAX_SHORT ? short - MAX_SHORT : 0;
  let size = sizeOfSize === 0 ? short : 0;
  for (let index = 1; index <= sizeOfSize; index++) size = size * 256 + byteAt(bytes, start + index);
  const from = start + 1 + sizeOfSize;
  return { isList, whole: bytes.subarray(start, from + size), content: bytes.subarray(from, from + size) };
}

function byteAt(bytes: Uint8Array, offset: number): number {
  const byte = bytes[offset];
  assert(byte !== undefined, 'an item ends inside its node');
  return byte;
}
