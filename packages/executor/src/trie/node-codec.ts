import { assert } from '@heddle/primitives';
import { packPath, unpackPath } from './nibbles.ts';
import { BRANCH_WIDTH, type NodeReference, type TrieNode } from './trie-node.ts';

// RLP of trie nodes, written and read without lists in between: most of a block's root is made here, and a general
// codec, which copies every item at every level, takes four times as long.

/** From this size on a node has a record of its own and its parent holds its hash. */
export const HASH_SIZE = 32;

const STRING = 0x80;
const LIST = 0xc0;
const MAX_SHORT = 55;
const LONG = 0x37;

/**
 * The node's RLP. `referenceTo` gives what stands for a child: its hash (32 bytes), or its RLP when that is shorter.
 */
export function encodeNode(node: TrieNode, referenceTo: (child: NodeReference, way: number) => Uint8Array): Uint8Array {
  if (node.kind === 'branch') return encodeBranch(node.children, referenceTo);
  const path = packPath(node.path, node.kind);
  const content = node.kind === 'leaf' ? node.value : referenceTo(node.child, 0);
  const isInline = node.kind === 'extension' && content.length < HASH_SIZE;
  const size = stringSize(path) + (isInline ? content.length : stringSize(content));
  const encoding = new Uint8Array(prefixSize(size) + size);
  const offset = writeString(encoding, writePrefix(encoding, 0, LIST, size), path);
  if (isInline) encoding.set(content, offset);
  else writeString(encoding, offset, content);
  return encoding;
}

function encodeBranch(
  children: readonly (NodeReference | undefined)[],
  referenceTo: (child: NodeReference, way: number) => Uint8Array,
): Uint8Array {
  let size = 1; // of the value that no branch here has
  const references = children.map((child, way) => {
    const reference = child && referenceTo(child, way);
    size += reference === undefined ? 1 : referenceSize(reference);
    return reference;
  });
  const encoding = new Uint8Array(prefixSize(size) + size);
  let offset = writePrefix(encoding, 0, LIST, size);
  for (const reference of references) {
    if (reference === undefined || reference.length === HASH_SIZE)
      encoding[offset++] = STRING + (reference?.length ?? 0);
    if (reference === undefined) continue;
    encoding.set(reference, offset);
    offset += reference.length;
  }
  encoding[offset] = STRING;
  return encoding;
}

function referenceSize(reference: Uint8Array): number {
  return reference.length === HASH_SIZE ? HASH_SIZE + 1 : reference.length;
}

/** The node that `encoding` holds, whose parts are views of it. Only for what {@link encodeNode} wrote. */
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

function isOwnEncoding(bytes: Uint8Array): boolean {
  return bytes.length === 1 && byteAt(bytes, 0) < STRING;
}

function stringSize(bytes: Uint8Array): number {
  return isOwnEncoding(bytes) ? 1 : prefixSize(bytes.length) + bytes.length;
}

function writeString(target: Uint8Array, offset: number, bytes: Uint8Array): number {
  const from = isOwnEncoding(bytes) ? offset : writePrefix(target, offset, STRING, bytes.length);
  target.set(bytes, from);
  return from + bytes.length;
}

function prefixSize(size: number): number {
  let prefix = 1;
  if (size > MAX_SHORT) for (let rest = size; rest > 0; rest >>= 8) prefix++;
  return prefix;
}

function writePrefix(target: Uint8Array, offset: number, base: number, size: number): number {
  if (size <= MAX_SHORT) {
    target[offset] = base + size;
    return offset + 1;
  }
  const end = offset + prefixSize(size);
  target[offset] = base + LONG + (end - offset - 1);
  for (let at = end - 1, rest = size; at > offset; at--, rest >>= 8) target[at] = rest & 255;
  return end;
}
