import type { Hash } from '@heddle/primitives';
import { LeafList, threadTrie } from './leaf-list.ts';

/** Root of the trie that maps RLP(index) to `values[index]`: of transactions, receipts and withdrawals. */
export function orderedTrieRoot(values: readonly Uint8Array[]): Hash {
  const leaves = new LeafList(threadTrie());
  for (const value of values) leaves.append(value);
  return leaves.orderedRoot();
}
