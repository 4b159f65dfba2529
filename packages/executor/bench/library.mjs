// The other side of the benchmarks: @ethereumjs/mpt in memory, in its best configuration: nodes as bytes, hashed with
// hash-wasm, which is several times as fast as its own.
import { createMPT } from '@ethereumjs/mpt';
import { MapDB, ValueEncoding } from '@ethereumjs/util';
import { Bloom } from '@ethereumjs/vm';
import {
  bigIntToBytes,
  bytesToHex,
  EMPTY_TRIE_ROOT,
  encodeReceipt,
  encodeRlp,
  hexToBytes,
  keccak256,
} from '@heddle/primitives';

const OPTIONS = { useKeyHashingFunction: keccak256 };

/** A state trie over the nodes `records`: to make them by the library would take minutes. */
export async function openLibraryState(records, root) {
  const db = new MapDB();
  for (const record of records) await db.put(Buffer.from(keccak256(record)).toString('hex'), record);
  const trie = await createMPT({
    ...OPTIONS,
    valueEncoding: ValueEncoding.Bytes,
    useKeyHashing: true,
    db,
    root: hexToBytes(root),
  });
  const storageRoot = hexToBytes(EMPTY_TRIE_ROOT);
  return {
    /** Puts the changed accounts; the root. */
    async update({ accounts }) {
      for (const [address, { after }] of accounts) {
        const { nonce, balance, codeHash } = after;
        const leaf = [bigIntToBytes(nonce), bigIntToBytes(balance), storageRoot, hexToBytes(codeHash)];
        await trie.put(hexToBytes(address), encodeRlp(leaf));
      }
      return bytesToHex(trie.root());
    },
  };
}

/** Roots and bloom of a body by the libraries. */
export async function libraryRoots({ transactions, receipts }) {
  const common = { customCrypto: { keccak256 } };
  const whole = new Bloom(undefined, common);
  const encoded = receipts.map((receipt) => {
    const bloom = new Bloom(undefined, common);
    for (const { address, topics } of receipt.logs) {
      bloom.add(hexToBytes(address));
      for (const topic of topics) bloom.add(hexToBytes(topic));
    }
    whole.or(bloom);
    return encodeReceipt({ ...receipt, logsBloom: bytesToHex(bloom.bitvector) });
  });
  return [await orderedRoot(transactions), await orderedRoot(encoded), bytesToHex(whole.bitvector)];
}

async function orderedRoot(values) {
  const trie = await createMPT({ ...OPTIONS, valueEncoding: ValueEncoding.Bytes, db: new MapDB() });
  for (const [index, value] of values.entries()) await trie.put(encodeRlp(bigIntToBytes(BigInt(index))), value);
  return bytesToHex(trie.root());
}
