// Commits blocks to the store given until it kills itself, and says on its output what it knows: `written N` once block N
// is said to be on disk, `begin` and `end` around each batch. For bare-store.test.ts. Runs what the build made, whose
// faults hooks.mjs may have planted.
//
// Killing plan: `batch K D` dies D microseconds after the K-th batch began, unless that has ended; `between K D` dies D
// microseconds after it has ended.
import { openStateTrie, PendingWrites } from '@heddle/executor';
import { decodeHeader, encodeStoredReceipts } from '@heddle/primitives';
import { openStore } from '../../dist/chain/chain-store.js';
import { createBlockWriter } from '../../dist/execution/block-writer.js';
import { countingBlock, countingDiff } from '../../test/chain/counting-chain.mjs';

const CONTRACT = `0x${'c0'.repeat(20)}`;
/** How far blocks go ahead of the disk: enough for batches of several. */
const MAX_AHEAD = 4;

const [path, genesisHash, slotCount, when, batchNumber, delayUs] = process.argv.slice(2);
const store = await openStore(path, { genesisHash });
const database = { ...store.database, batch };
const pending = new PendingWrites(database);
let { head } = store;
let parent = decodeHeader(head.header);
const trie = openStateTrie(pending, parent.stateRoot);
const writer = createBlockWriter({ database, pending, trie, head });
let batches = 0;

const ahead = [];
for (;;) {
  const { block, result, next } = await nextBlock();
  const { number } = next;
  ahead.push(writer.write({ block, senders: [], result }, next).then(() => say(`written ${number}`)));
  trie.apply(result.stateRoot);
  head = next;
  parent = block.header;
  if (ahead.length >= MAX_AHEAD) await ahead.shift();
}

async function batch(operations, options) {
  const isLast = ++batches === Number(batchNumber);
  say('begin');
  const written = store.database.batch(operations, options);
  if (isLast && when === 'batch') die();
  await written;
  say('end');
  if (isLast && when === 'between') die();
}

/** Nothing of this thread runs meanwhile, so that it knows of no end of the batch: what LevelDB has done is its affair. */
function die() {
  const endMs = performance.now() + Number(delayUs) / 1_000;
  while (performance.now() < endMs);
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}

function say(line) {
  process.stdout.write(`${line}\n`);
}

async function nextBlock() {
  const diff = countingDiff(head.number + 1, CONTRACT, Number(slotCount));
  const stateRoot = await trie.root(diff);
  const { block, head: next } = countingBlock(parent, head.hash, stateRoot);
  return { block, result: { receipts: encodeStoredReceipts([]), diff, stateRoot }, next };
}
