import { assert, bigIntToBytes, decodeRlp, encodeRlp, hexToBytes } from '@heddle/primitives';
import type { StoredAccount } from '../state/state-diff.ts';

/** The account as the state trie holds it (yellow paper 4.1). */
export function encodeAccountLeaf(account: StoredAccount, storageRoot: Uint8Array): Uint8Array {
  return encodeRlp([
    bigIntToBytes(account.nonce),
    bigIntToBytes(account.balance),
    storageRoot,
    hexToBytes(account.codeHash),
  ]);
}

/** The storage root in what {@link encodeAccountLeaf} wrote. */
export function storageRootOfLeaf(leaf: Uint8Array): Uint8Array {
  const [, , storageRoot] = decodeRlp(leaf) as Uint8Array[];
  assert(storageRoot !== undefined, 'an account leaf has a storage root');
  return storageRoot;
}
