// Blocks of transfers between many accounts: how often the cache of flat state has what a worker needs, and what a block
// takes with it and without, its entries being forgotten before each block.
import { join } from 'node:path';
import { bigIntToBytes, concatBytes, encodeRlp, hexToBytes } from '@heddle/primitives';
import { createRandom } from '@heddle/testkit';
import { createDatabase, createExecutor, openStateTrie, stateOperations } from '../dist/index.js';
import { EMPTY_STATE_ROOT, Ledger, makeAddresses } from './ledger.mjs';

const CHAIN_ID = 1;
/** A full block of 30 million gas. */
const TRANSFERS = 1_428;
const GWEI = 10n ** 9n;

/** Milliseconds of a block among `size` accounts, and the share of what was asked for that was there. */
export async function benchCache(folder, { size, blocks }) {
  const path = join(folder, 'cache');
  const database = await createDatabase(path);
  const trie = openStateTrie(database, EMPTY_STATE_ROOT);
  const ledger = new Ledger(makeAddresses(size));
  await ledger.write(database, trie);
  const executor = await createExecutor({
    rules: { chainId: CHAIN_ID, fork: 'osaka', transactionGasCap: 1n << 24n, codeSizeLimit: 24_576 },
    databasePath: path,
    database,
    workers: 2,
    trie,
    readBlockHash: () => undefined,
  });
  try {
    await executor.pool.whenReady();
    const random = createRandom('cache');
    const nonces = ledger.addresses.map((_, index) => ledger.account(index).nonce);
    let number = 0;
    const run = async () => {
      const transactions = drawTransfers(ledger.addresses, nonces, random);
      const cancel = new Int32Array(new SharedArrayBuffer(4));
      const outcome = await executor.execute({ environment: environment(++number), transactions, cancel });
      if (outcome.status !== 'executed') throw new Error(`block ${number}: ${outcome.reason}`);
      const { diff, stateRoot, figures } = outcome.result;
      await database.batch([...stateOperations(database, number, diff), ...trie.operations(stateRoot)], {
        sync: false,
      });
      executor.apply(stateRoot);
      return figures.wallMs;
    };
    for (let touched = 0; touched < 2 * size; touched += 2 * TRANSFERS) await run();
    const before = executor.metrics();
    const times = { with: [], without: [] };
    for (let block = 0; block < blocks; block++) times.with.push(await run());
    const after = executor.metrics();
    for (let block = 0; block < blocks; block++) {
      executor.forgetState();
      times.without.push(await run());
    }
    const hits = after.heddle_executor_cache_hits_total - before.heddle_executor_cache_hits_total;
    const misses = after.heddle_executor_cache_misses_total - before.heddle_executor_cache_misses_total;
    return { withMs: Math.min(...times.with), withoutMs: Math.min(...times.without), hitShare: hits / (hits + misses) };
  } finally {
    await executor.close();
    await database.close();
  }
}

/** Transfers of 1 wei between accounts that are drawn at random; their signatures are nobody's, which execution never asks. */
function drawTransfers(addresses, nonces, random) {
  return Array.from({ length: TRANSFERS }, () => {
    const from = random.int(0, addresses.length - 1);
    const to = addresses[random.int(0, addresses.length - 1)];
    const nonce = nonces[from]++;
    const fields = [BigInt(CHAIN_ID), nonce, 1n, 2n * GWEI, 21_000n].map(bigIntToBytes);
    const rest = [hexToBytes(to), bigIntToBytes(1n), new Uint8Array(0), [], ...[0n, 1n, 1n].map(bigIntToBytes)];
    return { raw: concatBytes(Uint8Array.of(2), encodeRlp([...fields, ...rest])), sender: addresses[from] };
  });
}

function environment(number) {
  return {
    number,
    timestamp: 1_700_000_000 + number,
    beneficiary: `0x${'fe'.repeat(20)}`,
    gasLimit: 30_000_000n,
    baseFeePerGas: GWEI,
    mixHash: `0x${'11'.repeat(32)}`,
    excessBlobGas: 0n,
    parentHash: `0x${'22'.repeat(32)}`,
    parentBeaconBlockRoot: `0x${'00'.repeat(32)}`,
    withdrawals: [],
  };
}
