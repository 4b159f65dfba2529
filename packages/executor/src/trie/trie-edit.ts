import { assert, EMPTY_TRIE_ROOT, hexToBytes, keccak256 } from '@heddle/primitives';
import { concatNibbles, type Nibbles, nibble, textOf } from './nibbles.ts';
import { decodeNode, encodeNode, HASH_SIZE } from './node-codec.ts';
import { type BranchNode, type NodeReference, sharedLength, split, type TrieNode } from './trie-node.ts';

/** The encoding of the stored node with this hash at this path; it throws when there is none. */
export type LoadNode = (path: Nibbles, hash: Uint8Array) => Uint8Array;

/** What an edit writes: the encoding of the node at a path, or undefined where none is any more. */
export type WriteNode = (path: Nibbles, encoding: Uint8Array | undefined) => void;

const NO_PATH: Nibbles = new Uint8Array(0);
const EMPTY_ROOT = hexToBytes(EMPTY_TRIE_ROOT);

/**
 * Changes of one trie, whose nodes are stored by their path: reads only nodes on the way to changed keys, hashes each
 * changed node once at the end. Keys are nibbles, none the beginning of another.
 */
export class TrieEdit {
  readonly #load: LoadNode;
  #root: NodeReference | undefined;
  /** Paths at which a stored node was read to be changed: what is not written again there goes. By path as text. */
  readonly #opened = new Map<string, Nibbles>();

  constructor(rootHash: Uint8Array, load: LoadNode) {
    this.#load = load;
    this.#root = Buffer.compare(rootHash, EMPTY_ROOT) === 0 ? undefined : rootHash;
  }

  /** The value at `key` in the trie as it is now. */
  get(key: Nibbles): Uint8Array | undefined {
    let reference = this.#root;
    let depth = 0;
    while (reference !== undefined) {
      const node = this.#read(reference, key.subarray(0, depth));
      if (node.kind === 'branch') {
        reference = node.children[nibble(key, depth)];
        depth++;
        continue;
      }
      if (sharedLength(node.path, key, depth) < node.path.length) return undefined;
      if (node.kind === 'leaf') return node.value;
      reference = node.child;
      depth += node.path.length;
    }
    return undefined;
  }

  put(key: Nibbles, value: Uint8Array): void {
    this.#root = this.#insert(this.#root, key, 0, value);
  }

  /** Does nothing when there is no such key. */
  delete(key: Nibbles): void {
    this.#root = this.#remove(this.#root, key, 0);
  }

  /** Hashes what changed, hands every node that is written or goes to `write`, and returns the root hash. Once. */
  finish(write: WriteNode): Uint8Array {
    const hash = this.#finishRoot(write);
    for (const path of this.#opened.values()) write(path, undefined);
    return hash;
  }

  #finishRoot(write: WriteNode): Uint8Array {
    if (this.#root === undefined) return EMPTY_ROOT;
    if (this.#root instanceof Uint8Array) return this.#root;
    return this.#write(NO_PATH, this.#encode(this.#root, NO_PATH, write), write);
  }

  #insert(reference: NodeReference | undefined, key: Nibbles, depth: number, value: Uint8Array): TrieNode {
    if (reference === undefined) return { kind: 'leaf', path: key.subarray(depth), value };
    const node = this.#open(reference, key, depth);
    if (node.kind === 'branch') {
      const way = nibble(key, depth);
      node.children[way] = this.#insert(node.children[way], key, depth + 1, value);
      return node;
    }
    const shared = sharedLength(node.path, key, depth);
    if (shared < node.path.length) return split(node, shared, key.subarray(depth), value);
    if (node.kind === 'leaf') node.value = value;
    else node.child = this.#insert(node.child, key, depth + shared, value);
    return node;
  }

  #remove(reference: NodeReference | undefined, key: Nibbles, depth: number): NodeReference | undefined {
    if (reference === undefined) return undefined;
    const node = this.#open(reference, key, depth);
    if (node.kind === 'branch') {
      const way = nibble(key, depth);
      node.children[way] = this.#remove(node.children[way], key, depth + 1);
      return this.#collapse(node, key.subarray(0, depth));
    }
    if (sharedLength(node.path, key, depth) < node.path.length) return node;
    if (node.kind === 'leaf') return undefined;
    const child = this.#remove(node.child, key, depth + node.path.length);
    assert(child !== undefined && !(child instanceof Uint8Array), 'a branch below an extension keeps a child');
    return joined(node.path, child);
  }

  /** A branch with one child left becomes part of that child's path. */
  #collapse(branch: BranchNode, path: Nibbles): TrieNode {
    const ways = branch.children.flatMap((child, way) => (child === undefined ? [] : [way]));
    const [way] = ways;
    assert(way !== undefined, 'a branch has two children before one goes');
    if (ways.length > 1) return branch;
    const step = Uint8Array.of(way);
    const childPath = concatNibbles(path, step);
    return joined(step, this.#open(branch.children[way] as NodeReference, childPath, childPath.length));
  }

  /** The node at the first `depth` nibbles of `key`, to be changed. */
  #open(reference: NodeReference, key: Nibbles, depth: number): TrieNode {
    if (!(reference instanceof Uint8Array)) return reference;
    const path = key.subarray(0, depth);
    this.#opened.set(textOf(path), path);
    return this.#read(reference, path);
  }

  #read(reference: NodeReference, path: Nibbles): TrieNode {
    return reference instanceof Uint8Array ? decodeNode(this.#load(path, reference)) : reference;
  }

  /** The node's RLP; those below it that changed are written. */
  #encode(node: TrieNode, path: Nibbles, write: WriteNode): Uint8Array {
    return encodeNode(node, (child, way) => {
      if (child instanceof Uint8Array) return child;
      const childPath = concatNibbles(path, node.kind === 'extension' ? node.path : Uint8Array.of(way));
      const encoding = this.#encode(child, childPath, write);
      return encoding.length < HASH_SIZE ? encoding : this.#write(childPath, encoding, write);
    });
  }

  #write(path: Nibbles, encoding: Uint8Array, write: WriteNode): Uint8Array {
    this.#opened.delete(textOf(path));
    write(path, encoding);
    return keccak256(encoding);
  }
}

/** What stands where `path` leads to `node` and nowhere else. */
function joined(path: Nibbles, node: TrieNode): TrieNode {
  if (node.kind === 'branch') return { kind: 'extension', path, child: node };
  return { ...node, path: concatNibbles(path, node.path) };
}
