import { concatBytes, EMPTY_TRIE_ROOT, equalBytes, hexToBytes, keccak256 } from '@heddle/primitives';
import type { KeyValueSource } from '../state/database.ts';
import { trieDamaged } from '../state/state-errors.ts';
import { decodeNode } from './decode-node.ts';
import { type Nibbles, nibble } from './nibbles.ts';
import { type NodeReference, sharedLength, type TrieNode } from './trie-node.ts';

const EMPTY_ROOT = hexToBytes(EMPTY_TRIE_ROOT);

/** What a key holds under a root, and what shows it to whoever knows the root alone. */
export interface MerkleProof {
  /** Undefined: the trie does not have the key. */
  readonly value: Uint8Array | undefined;
  /**
   * RLP of the nodes from the root to where the key ends or leaves the trie; those that stand inside their parent are in
   * it. None for a trie without keys.
   */
  readonly nodes: readonly Uint8Array[];
}

/** A trie whose nodes `source` has at `prefix` and their path. */
export interface StoredTrie {
  readonly source: KeyValueSource;
  readonly prefix: Uint8Array;
  readonly root: Uint8Array;
}

/** What `trie` says of `key`. @throws HeddleError `STATE_TRIE_DAMAGED` */
export function proveKey(trie: StoredTrie, key: Nibbles): MerkleProof {
  const nodes: Uint8Array[] = [];
  let reference: NodeReference | undefined = equalBytes(trie.root, EMPTY_ROOT) ? undefined : trie.root;
  let depth = 0;
  while (reference !== undefined) {
    let node: TrieNode;
    if (reference instanceof Uint8Array) {
      const encoding = loadNode(trie, key.subarray(0, depth), reference);
      nodes.push(encoding);
      node = decodeNode(encoding);
    } else node = reference;
    if (node.kind === 'branch') {
      reference = node.children[nibble(key, depth)];
      depth++;
      continue;
    }
    if (sharedLength(node.path, key, depth) < node.path.length) break;
    if (node.kind === 'leaf') return { value: node.value, nodes };
    reference = node.child;
    depth += node.path.length;
  }
  return { value: undefined, nodes };
}

function loadNode({ source, prefix }: StoredTrie, path: Nibbles, hash: Uint8Array): Uint8Array {
  const encoding = source.getSync(concatBytes(prefix, path));
  if (encoding === undefined) throw trieDamaged('a node of a proof is missing');
  if (!equalBytes(keccak256(encoding), hash)) throw trieDamaged('a node of a proof has other content');
  return encoding;
}
