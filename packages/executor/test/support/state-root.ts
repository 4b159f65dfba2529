import { MerklePatriciaTrie } from '@ethereumjs/mpt';
import { bigIntToBytes, bytesToHex, encodeRlp, type Hash, hexToBytes, keccak256, trimBytes } from '@heddle/primitives';
import type { MemoryState } from './memory-state.ts';

/** The state root by @ethereumjs/mpt, which shares no code with the store. */
export async function stateRootOf(state: MemoryState): Promise<Hash> {
  const trie = newTrie();
  for (const { address, account, slots } of state.entries()) {
    const storage = newTrie();
    for (const [slot, value] of slots) await storage.put(hexToBytes(slot), encodeRlp(trimBytes(value)));
    await trie.put(
      hexToBytes(address),
      encodeRlp([
        bigIntToBytes(account.nonce),
        bigIntToBytes(account.balance),
        storage.root(),
        hexToBytes(account.codeHash),
      ]),
    );
  }
  return bytesToHex(trie.root());
}

function newTrie(): MerklePatriciaTrie {
  return new MerklePatriciaTrie({ useKeyHashing: true, useKeyHashingFunction: keccak256 });
}
