// Blocks of transfers between many accounts: how often the cache of flat state has what a worker needs, and what a block
// takes with it and without, its entries being forgotten before each block.
import { join } from 'node:path';
import { createRandom } from '@heddle/testkit';
import { createDatabase, openStateTrie } from '../dist/index.js';
import { openChain, payment } from './chain.mjs';
import { EMPTY_STATE_ROOT, Ledger, makeAddresses } from './ledger.mjs';

/** A full block of 30 million gas. */
const TRANSFERS = 1_428;

/** Milliseconds of a block among `size` accounts, and the share of what was asked for that was there. */
export async function benchCache(folder, { size, blocks }) {
  const path = join(folder, 'cache');
  const database = await createDatabase(path);
  const trie = openStateTrie(database, EMPTY_STATE_ROOT);
  const ledger = new Ledger(makeAddresses(size));
  await ledger.write(database, trie);
  const chain = await openChain({ path, database, trie });
  try {
    const random = createRandom('cache');
    const nonces = ledger.addresses.map((_, index) => ledger.account(index).nonce);
    const run = async () => (await chain.run(drawTransfers(ledger.addresses, nonces, random))).wallMs;
    for (let touched = 0; touched < 2 * size; touched += 2 * TRANSFERS) await run();
    const before = chain.executor.metrics();
    const times = { with: [], without: [] };
    for (let block = 0; block < blocks; block++) times.with.push(await run());
    const after = chain.executor.metrics();
    for (let block = 0; block < blocks; block++) {
      chain.executor.forgetState();
      times.without.push(await run());
    }
    const hits = after.heddle_executor_cache_hits_total - before.heddle_executor_cache_hits_total;
    const misses = after.heddle_executor_cache_misses_total - before.heddle_executor_cache_misses_total;
    return { withMs: Math.min(...times.with), withoutMs: Math.min(...times.without), hitShare: hits / (hits + misses) };
  } finally {
    await chain.close();
  }
}

/** Transfers of 1 wei between accounts that are drawn at random. */
function drawTransfers(addresses, nonces, random) {
  return Array.from({ length: TRANSFERS }, () => {
    const from = random.int(0, addresses.length - 1);
    const to = addresses[random.int(0, addresses.length - 1)];
    return payment(addresses[from], { nonce: nonces[from]++, to, value: 1n, gasLimit: 21_000n });
  });
}
