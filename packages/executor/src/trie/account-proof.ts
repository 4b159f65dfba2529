import { type Address, EMPTY_TRIE_ROOT, type Hash, hexToBytes, keccak256 } from '@heddle/primitives';
import type { KeyValueSource } from '../state/database.ts';
import type { StoredAccount } from '../state/state-diff.ts';
import { accountNodePrefix, storageNodePrefix } from '../state/state-keys.ts';
import type { StoreReader } from '../state/state-reader.ts';
import { storageRootOfLeaf } from './account-leaf.ts';
import { proveKey } from './merkle-proof.ts';
import { nibblesOf } from './nibbles.ts';

/** An account and slots of it under a state root (EIP-1186). */
export interface AccountProof {
  /** Undefined: the nodes show that there is none. */
  readonly account: StoredAccount | undefined;
  /** Undefined without an account. */
  readonly storageRoot: Uint8Array | undefined;
  readonly accountNodes: readonly Uint8Array[];
  /** In the order asked. */
  readonly slots: readonly SlotProof[];
}

/** A slot under its account's storage root. */
export interface SlotProof {
  readonly slot: Hash;
  /** 32 bytes. */
  readonly value: Uint8Array;
  readonly nodes: readonly Uint8Array[];
}

/** One state in both of its forms. */
export interface ProvableState {
  readonly reader: StoreReader;
  /** Nodes of its tries, by path. */
  readonly tries: KeyValueSource;
  readonly stateRoot: Hash;
}

const EMPTY_ROOT = hexToBytes(EMPTY_TRIE_ROOT);

/** Shows what `state` holds of `address` and of `slots`. @throws HeddleError `STATE_TRIE_DAMAGED` */
export function proveAccount(
  { reader, tries: source, stateRoot }: ProvableState,
  address: Address,
  slots: readonly Hash[],
): AccountProof {
  const stateTrie = { source, prefix: accountNodePrefix(), root: hexToBytes(stateRoot) };
  const { value: leaf, nodes: accountNodes } = proveKey(stateTrie, nibblesOf(keccak256(hexToBytes(address))));
  const account = leaf && reader.account(address);
  const root = leaf === undefined ? EMPTY_ROOT : storageRootOfLeaf(leaf);
  const incarnation = account?.incarnation ?? 0;
  const storageTrie = { source, prefix: storageNodePrefix(address, incarnation), root };
  return {
    account,
    storageRoot: account && root,
    accountNodes,
    slots: slots.map((slot) => ({
      slot,
      value: account === undefined ? new Uint8Array(32) : reader.slot(address, incarnation, slot),
      nodes: proveKey(storageTrie, nibblesOf(keccak256(hexToBytes(slot)))).nodes,
    })),
  };
}
