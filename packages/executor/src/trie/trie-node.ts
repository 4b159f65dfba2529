import { assert, decodeRlp, encodeRlp, type RlpInput, type RlpItem } from '@heddle/primitives';

/** Half a byte each, 0 to 15. */
export type Nibbles = Uint8Array;

/**
 * What stands under a node: the hash of a node with a record of its own, or the node itself, which is either short
 * enough to stand inside its parent (RLP below 32 bytes) or changed and not hashed yet.
 */
export type NodeReference = Uint8Array | TrieNode;

/** The end of a key. */
export interface LeafNode {
  readonly kind: 'leaf';
  path: Nibbles;
  value: Uint8Array;
}

/** A part of the path that all keys below share; a branch follows. */
export interface ExtensionNode {
  readonly kind: 'extension';
  path: Nibbles;
  child: NodeReference;
}

/** Up to 16 ways on. No key ends here: the tries of Ethereum have no key that another begins with. */
export interface BranchNode {
  readonly kind: 'branch';
  readonly children: (NodeReference | undefined)[];
}

/** A node of a Merkle Patricia trie (yellow paper, appendix D), decoded for one edit, which changes it in place. */
export type TrieNode = LeafNode | ExtensionNode | BranchNode;

const BRANCH_WIDTH = 16;
const LEAF_FLAG = 0x20;
const ODD_FLAG = 0x10;

/** The node that `encoding` holds. */
export function decodeNode(encoding: Uint8Array): TrieNode {
  return nodeOf(decodeRlp(encoding));
}

/** The node's RLP. `itemOf` gives what stands for a child. */
export function encodeNode(node: TrieNode, itemOf: (child: NodeReference, index: number) => RlpInput): Uint8Array {
  return encodeRlp(nodeItems(node, itemOf));
}

/** The node as the items of an RLP list. */
export function nodeItems(node: TrieNode, itemOf: (child: NodeReference, index: number) => RlpInput): RlpInput[] {
  if (node.kind === 'leaf') return [packPath(node.path, LEAF_FLAG), node.value];
  if (node.kind === 'extension') return [packPath(node.path, 0), itemOf(node.child, 0)];
  const items = node.children.map((child, index) => (child === undefined ? NOTHING : itemOf(child, index)));
  return [...items, NOTHING];
}

const NOTHING = new Uint8Array(0);

/** A branch without children. */
export function emptyBranch(): BranchNode {
  return { kind: 'branch', children: new Array<undefined>(BRANCH_WIDTH).fill(undefined) };
}

function nodeOf(item: RlpItem): TrieNode {
  assert(Array.isArray(item), 'a node is a list');
  if (item.length === BRANCH_WIDTH + 1) {
    return { kind: 'branch', children: item.slice(0, BRANCH_WIDTH).map(referenceOf) };
  }
  const [packed, content] = item;
  assert(item.length === 2 && packed instanceof Uint8Array && content !== undefined, 'a node has 2 or 17 items');
  const path = unpackPath(packed);
  if (((packed[0] ?? 0) & LEAF_FLAG) === 0) {
    const child = referenceOf(content);
    assert(child !== undefined, 'an extension leads on');
    return { kind: 'extension', path, child };
  }
  assert(content instanceof Uint8Array, 'a leaf holds bytes');
  return { kind: 'leaf', path, value: content };
}

function referenceOf(item: RlpItem): NodeReference | undefined {
  if (Array.isArray(item)) return nodeOf(item);
  return item.length === 0 ? undefined : item;
}

/** Nibbles in bytes with their parity and kind in front (yellow paper, appendix C). */
function packPath(path: Nibbles, flag: number): Uint8Array {
  const isOdd = path.length % 2 === 1;
  const packed = new Uint8Array((path.length >> 1) + 1);
  packed[0] = flag | (isOdd ? ODD_FLAG | nibble(path, 0) : 0);
  for (let from = isOdd ? 1 : 0, to = 1; from < path.length; from += 2, to++) {
    packed[to] = (nibble(path, from) << 4) | nibble(path, from + 1);
  }
  return packed;
}

function unpackPath(packed: Uint8Array): Nibbles {
  const nibbles = nibblesOf(packed);
  return nibbles.subarray((nibble(packed, 0) & ODD_FLAG) === 0 ? 2 : 1);
}

/** The key's bytes as nibbles. */
export function nibblesOf(bytes: Uint8Array): Nibbles {
  const nibbles = new Uint8Array(bytes.length * 2);
  for (let index = 0; index < bytes.length; index++) {
    nibbles[2 * index] = nibble(bytes, index) >> 4;
    nibbles[2 * index + 1] = nibble(bytes, index) & 15;
  }
  return nibbles;
}

/** The number at `index`, which is inside. */
export function nibble(nibbles: Uint8Array, index: number): number {
  return nibbles[index] as number;
}
