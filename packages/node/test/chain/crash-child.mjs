// Commits blocks to the store given, one after another and without end, and says each number once its batch is on disk.
// For chain-crash.test.ts, which kills it. Runs what the build made: node cannot read the sources.
import { openStateTrie, stateOperations } from '@heddle/executor';
import {
  bigIntToBytesOfSize,
  bytesToHex,
  decodeHeader,
  EMPTY_CODE_HASH,
  encodeHeader,
  hashHeader,
} from '@heddle/primitives';
import { chainOperations } from '../../dist/chain/chain-operations.js';
import { openStore } from '../../dist/chain/chain-store.js';

const [path, genesisHash, contract, slotCount] = process.argv.slice(2);
const store = await openStore(path, { genesisHash });
const { database } = store;
let { head } = store;
let parent = decodeHeader(head.header);
const trie = openStateTrie(database, parent.stateRoot);
process.stdout.write(`open ${head.number}\n`);

const word = (value) => bigIntToBytesOfSize(BigInt(value), 32);

/** The contract's balance and all of its slots become the block's number. */
function countingDiff(number) {
  const account = (balance) => ({ nonce: 1n, balance: BigInt(balance), codeHash: EMPTY_CODE_HASH, incarnation: 1 });
  const before = number === 1 ? undefined : { ...account(number - 1), slotCount: Number(slotCount) };
  const change = { before: word(number - 1), after: word(number) };
  const slots = new Map(Array.from({ length: Number(slotCount) }, (_, slot) => [bytesToHex(word(slot)), change]));
  return {
    accounts: new Map([[contract, { before, after: account(number) }]]),
    slots: new Map([[contract, slots]]),
    codes: new Map(),
  };
}

for (;;) {
  const number = head.number + 1;
  const diff = countingDiff(number);
  const stateRoot = await trie.root(diff);
  const header = { ...parent, number, stateRoot, parentHash: head.hash };
  const block = { header, transactions: [], withdrawals: [] };
  const next = {
    number,
    hash: hashHeader(header),
    header: encodeHeader(header),
    certificate: Uint8Array.of(0xc0),
    validators: Uint8Array.of(1),
    nextValidators: Uint8Array.of(2),
  };
  const operations = [
    ...stateOperations(database, number, diff),
    ...trie.operations(stateRoot),
    ...chainOperations({ block, senders: [], receipts: [], head: next }),
  ];
  await database.batch(operations, { sync: true });
  trie.apply(stateRoot);
  head = next;
  parent = header;
  process.stdout.write(`block ${number}\n`);
}
