import {
  type Address,
  bytesToBigInt,
  bytesToHex,
  decodeRlp,
  EMPTY_TRIE_ROOT,
  equalBytes,
  type Hash,
  hexToBytes,
  keccak256,
} from '@heddle/primitives';
import { decodeNode } from '../trie/decode-node.ts';
import { proveKey } from '../trie/merkle-proof.ts';
import { type Nibbles, nibblesOf } from '../trie/nibbles.ts';
import { type NodeReference, sharedLength, type TrieNode } from '../trie/trie-node.ts';
import { encodeAccountRecord } from './account-record.ts';
import type { KeyValueSource } from './database.ts';
import { accountKey, accountNodePrefix, codeKey, slotKey, storageNodePrefix } from './state-keys.ts';

/** Who calls system contracts (EIP-4788). A system call changes nothing of it, so that a witness need not have it. */
const SYSTEM_CALLER: Address = `0x${'ff'.repeat(19)}fe`;

/** Nodes of the state's tries, and codes: what a block needs of its parent's state. */
export interface Witness {
  /** Encoded. */
  readonly nodes: readonly Uint8Array[];
  readonly codes: readonly Uint8Array[];
}

/**
 * The records that a store with the state of `root` would have, as far as the witness has their nodes: of the rest there
 * are only hashes, and whoever needs more than these finds a node missing. What nodes say is proven by the root.
 *
 * @throws HeddleError `STATE_TRIE_DAMAGED`, of reads
 */
export function createWitnessSource(root: Hash, { nodes, codes }: Witness): KeyValueSource {
  return new WitnessSource(root, nodes, codes);
}

class WitnessSource implements KeyValueSource {
  readonly #root: Uint8Array;
  readonly #nodes: ReadonlyMap<Hash, Uint8Array>;
  readonly #codes: ReadonlyMap<string, Uint8Array>;

  constructor(root: Hash, nodes: readonly Uint8Array[], codes: readonly Uint8Array[]) {
    this.#root = hexToBytes(root);
    this.#nodes = new Map(nodes.map((node) => [bytesToHex(keccak256(node)), node]));
    this.#codes = new Map(codes.map((code) => [bytesToHex(codeKey(bytesToHex(keccak256(code)))), code]));
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    const address = bytesToHex(key.subarray(1, 21));
    if (startsWith(key, accountNodePrefix())) return this.#nodeAt(this.#root, key.subarray(1));
    if (startsWith(key, codeKey(EMPTY_TRIE_ROOT).subarray(0, 1))) return this.#codes.get(bytesToHex(key));
    const account = address === SYSTEM_CALLER ? undefined : this.#account(address);
    if (account === undefined) return undefined;
    if (startsWith(key, storageNodePrefix(address, 0))) return this.#nodeAt(account.storageRoot, key.subarray(25));
    if (equalBytes(key, accountKey(address))) return account.record;
    const slot = bytesToHex(key.subarray(25));
    if (!equalBytes(key, slotKey(address, 0, slot))) return undefined;
    const trie = { source: this, prefix: storageNodePrefix(address, 0), root: account.storageRoot };
    const { value } = proveKey(trie, nibblesOf(keccak256(hexToBytes(slot))));
    return value && (decodeRlp(value) as Uint8Array);
  }

  #account(address: Address): { readonly storageRoot: Uint8Array; readonly record: Uint8Array } | undefined {
    const trie = { source: this, prefix: accountNodePrefix(), root: this.#root };
    const { value } = proveKey(trie, nibblesOf(keccak256(hexToBytes(address))));
    if (value === undefined) return undefined;
    const [nonce, balance, storageRoot, codeHash] = decodeRlp(value) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const record = encodeAccountRecord({
      nonce: bytesToBigInt(nonce),
      balance: bytesToBigInt(balance),
      codeHash: bytesToHex(codeHash),
      incarnation: 0,
      slotCount: bytesToHex(storageRoot) === EMPTY_TRIE_ROOT ? 0 : 1, // how many is not known
    });
    return { storageRoot, record };
  }

  /** The node that has a record at `path` of the trie. */
  #nodeAt(root: Uint8Array, path: Nibbles): Uint8Array | undefined {
    let reference: NodeReference | undefined = root;
    for (let depth = 0; reference !== undefined; ) {
      const encoding: Uint8Array | undefined =
        reference instanceof Uint8Array ? this.#nodes.get(bytesToHex(reference)) : undefined;
      if (depth === path.length || (reference instanceof Uint8Array && encoding === undefined)) return encoding;
      const node: TrieNode = encoding === undefined ? (reference as TrieNode) : decodeNode(encoding);
      if (node.kind === 'leaf') return undefined;
      if (node.kind === 'branch') {
        reference = node.children[path[depth] as number];
        depth++;
      } else {
        if (sharedLength(node.path, path, depth) < node.path.length) return undefined;
        reference = node.child;
        depth += node.path.length;
      }
    }
    return undefined;
  }
}

function startsWith(key: Uint8Array, prefix: Uint8Array): boolean {
  return equalBytes(key.subarray(0, prefix.length), prefix);
}
