import { type Nibbles, nibble } from './nibbles.ts';

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

/** How many ways a branch has. */
export const BRANCH_WIDTH = 16;

/** A branch without children. */
export function emptyBranch(): BranchNode {
  return { kind: 'branch', children: new Array<undefined>(BRANCH_WIDTH).fill(undefined) };
}

/** How many nibbles of `path` the key has from `depth` on. */
export function sharedLength(path: Nibbles, key: Nibbles, depth: number): number {
  let shared = 0;
  while (shared < path.length && path[shared] === key[depth + shared]) shared++;
  return shared;
}

/** A leaf or extension whose path leaves the new key after `shared` nibbles becomes a branch with both below it. */
export function split(
  node: LeafNode | ExtensionNode,
  shared: number,
  rest: Nibbles,
  value: Uint8Array,
): BranchNode | ExtensionNode {
  const branch = emptyBranch();
  const below = node.path.subarray(shared + 1);
  const isEnd = node.kind === 'extension' && below.length === 0;
  branch.children[nibble(node.path, shared)] = isEnd ? node.child : { ...node, path: below };
  branch.children[nibble(rest, shared)] = { kind: 'leaf', path: rest.subarray(shared + 1), value };
  return shared === 0 ? branch : { kind: 'extension', path: rest.subarray(0, shared), child: branch };
}
