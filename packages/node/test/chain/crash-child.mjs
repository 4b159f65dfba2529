// Commits blocks to the store given, one after another and without end, and says each number once its batch is on disk.
// For chain-crash.test.ts, which kills it. Runs what the build made: node cannot read the sources.
import { openStateTrie, stateOperations } from '@heddle/executor';
import { decodeHeader, encodeStoredReceipts } from '@heddle/primitives';
import { chainOperations } from '../../dist/chain/chain-operations.js';
import { openStore } from '../../dist/chain/chain-store.js';
import { countingBlock, countingDiff } from './counting-chain.mjs';

const [path, genesisHash, contract, slotCount] = process.argv.slice(2);
const store = await openStore(path, { genesisHash });
const { database } = store;
let { head } = store;
let parent = decodeHeader(head.header);
const trie = openStateTrie(database, parent.stateRoot);
const receipts = encodeStoredReceipts([]);
process.stdout.write(`open ${head.number}\n`);

for (;;) {
  const number = head.number + 1;
  const diff = countingDiff(number, contract, Number(slotCount));
  const stateRoot = await trie.root(diff);
  const { block, head: next } = countingBlock(parent, head.hash, stateRoot);
  const operations = [
    ...stateOperations(database, number, diff),
    ...trie.operations(stateRoot),
    ...chainOperations({ block, senders: [], receipts, head: next }),
  ];
  await database.batch(operations, { sync: true });
  trie.apply(stateRoot);
  head = next;
  parent = block.header;
  process.stdout.write(`block ${number}\n`);
}
