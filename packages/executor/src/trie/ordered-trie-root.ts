import { assert, encodeRlp, type Hash, numberToBytes } from '@heddle/primitives';
import { LeafList, threadTrie } from './leaf-list.ts';

/** From this index on the RLP of an index has a prefix. */
const FIRST_LONG_INDEX = 0x80;

/** Root of the trie that maps RLP(index) to `values[index]`: of transactions, receipts and withdrawals. */
export async function orderedTrieRoot(values: readonly Uint8Array[]): Promise<Hash> {
  const leaves = new LeafList(threadTrie());
  const short = Math.min(values.length, FIRST_LONG_INDEX);
  const add = (index: number) => {
    const value = values[index];
    assert(value !== undefined, 'every index has a value');
    leaves.add(encodeRlp(numberToBytes(index)), value);
  };
  // In the order of their keys: that of 0 is 0x80, which stands between those of 127 and 128.
  for (let index = 1; index < short; index++) add(index);
  if (short > 0) add(0);
  for (let index = short; index < values.length; index++) add(index);
  return leaves.root({ isSorted: true });
}
