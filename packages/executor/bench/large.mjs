#!/usr/bin/env node
// A state of as many slots as accounts: what opening it and blocks on it take. Each step is a process of its own, since
// their memory is what is measured: `large.mjs fill PATH ACCOUNTS`, then
// `large.mjs open PATH ACCOUNTS`.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bigIntToBytesOfSize, bytesToHex, hexToBytes, keccak256 } from '@heddle/primitives';
import { createRandom } from '@heddle/testkit';
import {
  createExecutor,
  createGuarded,
  headState,
  openGuarded,
  openStateTrie,
  SlotChanges,
  stateOperations,
  storedStateRoot,
  writeGenesisState,
} from '../dist/index.js';

/** One account in ten has slots: ten each, so that there are as many of them as accounts. The first has a tenth of all. */
const SLOTS = 10;
const CHANGED = 5_000;
const BLOCKS = 20;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [step, path, accounts] = process.argv.slice(2);
  console.log(JSON.stringify(await (step === 'fill' ? fill : open)(path, Number(accounts))));
}

/** Fills a store in `path` and opens it; what both took. */
export async function benchLarge(path, count) {
  const run = async (step) => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      fileURLToPath(import.meta.url),
      step,
      path,
      `${count}`,
    ]);
    return JSON.parse(stdout);
  };
  return { filled: await run('fill'), opened: await run('open') };
}

async function fill(path, count) {
  const startedMs = performance.now();
  await createGuarded(path, (database) => writeGenesisState(database, alloc(count)));
  return { ms: performance.now() - startedMs, mostBytes: mostBytes() };
}

function* alloc(count) {
  for (let index = 0; index < count; index++) {
    const slots = index === 0 ? count / 10 : index % 10 === 1 ? SLOTS - 1 : 0;
    const storage = new Map(Array.from({ length: slots }, (_, slot) => [slotOf(slot), slotOf(slot + 1)]));
    yield {
      address: addressOf(index),
      nonce: 1n,
      balance: 10n ** 18n + BigInt(index),
      code: new Uint8Array(0),
      storage,
    };
  }
}

function addressOf(index) {
  return bytesToHex(keccak256(Buffer.from(`account ${index}`)).subarray(0, 20));
}

function slotOf(index) {
  return bytesToHex(bigIntToBytesOfSize(BigInt(index), 32));
}

async function open(path, count) {
  const startedMs = performance.now();
  const guarded = await openGuarded(path, () => undefined);
  const { database } = guarded;
  const trie = openStateTrie(database, storedStateRoot(database));
  const executor = await createExecutor({
    rules: { chainId: 1, fork: 'osaka', transactionGasCap: 1n << 24n, codeSizeLimit: 24_576 },
    databasePath: path,
    database,
    workers: 2,
    trie,
    readBlockHash: () => undefined,
  });
  await executor.pool.whenReady();
  await trie.root({ accounts: new Map([changeOf(database, 1)]), slots: new Map(), codes: new Map() });
  const openMs = performance.now() - startedMs;
  const openedBytes = process.memoryUsage.rss();
  const random = createRandom('large');
  for (let number = 1; number <= BLOCKS; number++) {
    const diff = drawBlock(database, random, count);
    const root = await trie.root(diff);
    await database.batch([...stateOperations(database, number, diff), ...trie.operations(root)], { sync: true });
    trie.apply(root);
  }
  const most = mostBytes();
  await executor.close();
  await guarded.close();
  return { ms: openMs, openedBytes, mostBytes: most };
}

/** Changes accounts with and without slots all over the state, and as many slots. */
function drawBlock(database, random, count) {
  const accounts = new Map();
  const slots = new Map();
  while (accounts.size < CHANGED) accounts.set(...changeOf(database, random.int(0, count - 1)));
  for (let draw = 0; draw < CHANGED; draw++) {
    const address = addressOf(10 * random.int(0, count / 10 - 1) + 1);
    const slot = slotOf(random.int(0, SLOTS - 2));
    const before = headState(database).slot(address, 0, slot);
    slots.set(address, new SlotChanges([[slot, { before, after: hexToBytes(slotOf(random.int(1, 1_000_000))) }]]));
  }
  return { accounts, slots, codes: new Map() };
}

function mostBytes() {
  return process.resourceUsage().maxRSS * 1024;
}

function changeOf(database, index) {
  const before = headState(database).account(addressOf(index));
  return [addressOf(index), { before, after: { ...before, balance: before.balance + 1n } }];
}
