import {
  assert,
  bigIntToBytes,
  bytesToHex,
  EMPTY_TRIE_ROOT,
  encodeRlp,
  type Hash,
  hexToBytes,
} from '@heddle/primitives';
import { nibblesOf } from './nibbles.ts';
import { TrieEdit } from './trie-edit.ts';

/** Root of the trie that maps RLP(index) to `values[index]`: of transactions, receipts and withdrawals. */
export async function orderedTrieRoot(values: readonly Uint8Array[]): Promise<Hash> {
  const edit = new TrieEdit(
    hexToBytes(EMPTY_TRIE_ROOT),
    () => assert(false, 'a new trie has nothing to load') as never,
  );
  values.forEach((value, index) => {
    edit.put(nibblesOf(encodeRlp(bigIntToBytes(BigInt(index)))), value);
  });
  return bytesToHex(edit.finish(() => undefined));
}
