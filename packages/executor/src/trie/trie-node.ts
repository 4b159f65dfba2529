import type { Nibbles } from './nibbles.ts';

/**
 * What stands under a node: the hash of a node with a record of its own, or the node itself, which is short enough to
 * stand inside its parent (RLP below 32 bytes).
 */
export type NodeReference = Uint8Array | TrieNode;

/** The end of a key. */
export interface LeafNode {
  readonly kind: 'leaf';
  readonly path: Nibbles;
  readonly value: Uint8Array;
}

/** A part of the path that all keys below share; a branch follows. */
export interface ExtensionNode {
  readonly kind: 'extension';
  readonly path: Nibbles;
  readonly child: NodeReference;
}

/** Up to 16 ways on. No key ends here: the tries of Ethereum have no key that another begins with. */
export interface BranchNode {
  readonly kind: 'branch';
  readonly children: readonly (NodeReference | undefined)[];
}

/** A node of a Merkle Patricia trie (yellow paper, appendix D) as a proof reads it. */
export type TrieNode = LeafNode | ExtensionNode | BranchNode;

/** How many ways a branch has. */
export const BRANCH_WIDTH = 16;

/** How many nibbles of `path` the key has from `depth` on. */
export function sharedLength(path: Nibbles, key: Nibbles, depth: number): number {
  let shared = 0;
  while (shared < path.length && path[shared] === key[depth + shared]) shared++;
  return shared;
}
