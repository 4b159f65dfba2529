import {
  assert,
  bytesToHex,
  concatBytes,
  EMPTY_TRIE_ROOT,
  encodeRlp,
  type Hash,
  hexToBytes,
  keccak256,
  trimBytes,
} from '@heddle/primitives';
import type { BatchOperation, KeyValueSource } from '../state/database.ts';
import { changedAccounts } from '../state/location-changes.ts';
import type { SlotChange, StateDiff, StoredAccount } from '../state/state-diff.ts';
import { trieDamaged } from '../state/state-errors.ts';
import { accountNodePrefix, storageNodePrefix } from '../state/state-keys.ts';
import { encodeAccountLeaf, storageRootOfLeaf } from './account-leaf.ts';
import { type Nibbles, nibblesOf, textOf } from './nibbles.ts';
import { NodeStore, rootAt } from './node-store.ts';
import type { TrieEdit } from './trie-edit.ts';

/** The Merkle tries of the state: what they come to after blocks that are executed but not decided yet. */
export interface StateTrie {
  /**
   * State root of the head's state with `diff` on it. The nodes that this changes stay here under the root until
   * {@link StateTrie.apply}; of the last {@link MAX_OVERLAYS} roots.
   *
   * @throws HeddleError `STATE_TRIE_DAMAGED`
   */
  root(diff: StateDiff): Promise<Hash>;
  /** What puts the nodes under `stateRoot` on disk; a root whose overlay was dropped is a bug. */
  operations(stateRoot: Hash): BatchOperation[];
  /** Those operations are on disk: the head moves there, and all overlays go. */
  apply(stateRoot: Hash): void;
}

/** Executed but undecided blocks whose nodes are kept. */
export const MAX_OVERLAYS = 8;

const EMPTY_ROOT = hexToBytes(EMPTY_TRIE_ROOT);

/**
 * What one root writes, by key. Two diffs of one root may differ in incarnations, whose node keys never meet: both are
 * kept, and those of the block that is not decided are never read.
 */
type Overlay = Map<string, BatchOperation>;

/** The tries over `source`, whose head has `headStateRoot`. Nodes are stored by path, at the head only. */
export function openStateTrie(source: KeyValueSource, headStateRoot: Hash): StateTrie {
  const nodes = new NodeStore(source);
  const overlays = new Map<Hash, Overlay>();
  let headRoot = headStateRoot;
  return {
    async root(diff) {
      const { stateRoot, operations } = editState(nodes, hexToBytes(headRoot), { source, diff });
      const overlay = overlays.get(stateRoot) ?? new Map<string, BatchOperation>();
      for (const operation of operations) overlay.set(textOf(operation.key), operation);
      overlays.delete(stateRoot);
      overlays.set(stateRoot, overlay);
      for (const oldest of overlays.keys()) {
        if (overlays.size <= MAX_OVERLAYS) break;
        overlays.delete(oldest);
      }
      return stateRoot;
    },
    operations: (stateRoot) => [...overlayOf(overlays, stateRoot).values()],
    apply(stateRoot) {
      nodes.apply(overlayOf(overlays, stateRoot).values());
      overlays.clear();
      headRoot = stateRoot;
    },
  };
}

/** Root of the account trie whose root node is stored in `source`. */
export function storedStateRoot(source: KeyValueSource): Hash {
  return bytesToHex(rootAt(source, accountNodePrefix()));
}

/** The root of the state that `diff` makes of none, and the operations that store its tries. */
export function firstStateTrie(diff: StateDiff): { stateRoot: Hash; operations: BatchOperation[] } {
  const source: KeyValueSource = { getSync: () => undefined };
  return editState(new NodeStore(source), EMPTY_ROOT, { source, diff });
}

function overlayOf(overlays: ReadonlyMap<Hash, Overlay>, stateRoot: Hash): Overlay {
  const operations = overlays.get(stateRoot);
  assert(operations !== undefined, `no trie nodes are kept for the state root ${stateRoot}`);
  return operations;
}

function editState(
  nodes: NodeStore,
  headRoot: Uint8Array,
  { source, diff }: { source: KeyValueSource; diff: StateDiff },
): { stateRoot: Hash; operations: BatchOperation[] } {
  const prefix = accountNodePrefix();
  const accounts = nodes.edit(prefix, headRoot);
  const operations: BatchOperation[] = [];
  for (const [address, { before, after }] of changedAccounts(source, diff)) {
    const key = nibblesOf(keccak256(hexToBytes(address)));
    if (after === undefined) {
      accounts.delete(key);
      continue;
    }
    const storedRoot = before?.incarnation === after.incarnation ? storageRootOf(accounts, key, before) : EMPTY_ROOT;
    const slots = diff.slots.get(address);
    const trie = { prefix: storageNodePrefix(address, after.incarnation), root: storedRoot };
    const storageRoot = slots === undefined ? storedRoot : editStorage(nodes, trie, { slots, operations });
    accounts.put(key, encodeAccountLeaf(after, storageRoot));
  }
  const stateRoot = bytesToHex(finish(accounts, prefix, operations));
  return { stateRoot, operations };
}

function editStorage(
  nodes: NodeStore,
  trie: { readonly prefix: Uint8Array; readonly root: Uint8Array },
  { slots, operations }: { slots: ReadonlyMap<Hash, SlotChange>; operations: BatchOperation[] },
): Uint8Array {
  const edit = nodes.edit(trie.prefix, trie.root);
  for (const [slot, { after }] of slots) {
    const key = nibblesOf(keccak256(hexToBytes(slot)));
    const value = trimBytes(after);
    if (value.length === 0) edit.delete(key);
    else edit.put(key, encodeRlp(value));
  }
  return finish(edit, trie.prefix, operations);
}

function finish(edit: TrieEdit, prefix: Uint8Array, operations: BatchOperation[]): Uint8Array {
  return edit.finish((path, encoding) => {
    const key = concatBytes(prefix, path);
    operations.push(encoding === undefined ? { type: 'del', key } : { type: 'put', key, value: encoding });
  });
}

/** The storage root in the account's leaf, which is not read when the account is known to have no slots. */
function storageRootOf(accounts: TrieEdit, key: Nibbles, account: StoredAccount): Uint8Array {
  if (account.slotCount === 0) return EMPTY_ROOT;
  const leaf = accounts.get(key);
  if (leaf === undefined) throw trieDamaged('an account of the flat state has no leaf in the account trie');
  return storageRootOfLeaf(leaf);
}
