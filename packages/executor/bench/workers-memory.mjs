#!/usr/bin/env node
// What another worker thread takes of memory, by how much of the state it works on; where each had a copy, that would grow
// with the state. Each measurement is a process of its own, whose memory is what is measured:
// `workers-memory.mjs PATH ACCOUNTS WORKERS`.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createDatabase, genesisOperations, openStateTrie } from '../dist/index.js';
import { openChain, payment } from './chain.mjs';
import { contractAddress } from './engines/workload.mjs';
import { etherHolders } from './steady.mjs';

/** Payments that fit a block of 30 million gas. */
const PAYMENTS = 1_428;
const MANY_WORKERS = 4;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path, accounts, workers] = process.argv.slice(2);
  console.log(JSON.stringify(await run(path, Number(accounts), Number(workers))));
}

/** Resident bytes that each worker after the first takes once all of `accounts` have paid and been paid. */
export async function benchWorkersMemory(path, accounts) {
  const measure = async (workers) => {
    const args = [fileURLToPath(import.meta.url), `${path}-${accounts}-${workers}`, `${accounts}`, `${workers}`];
    return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout);
  };
  const [one, many] = [await measure(1), await measure(MANY_WORKERS)];
  return { bytes: one, bytesPerWorker: (many - one) / (MANY_WORKERS - 1) };
}

async function run(path, count, workers) {
  const database = await createDatabase(path);
  const addresses = Array.from({ length: count }, (_, index) => contractAddress('holder', index));
  const { stateRoot, operations } = genesisOperations(etherHolders(addresses));
  await database.batch(operations, { sync: false });
  const chain = await openChain({ path, database, workers, trie: openStateTrie(database, stateRoot) });
  for (let first = 0; first < count; first += PAYMENTS) {
    const senders = addresses.slice(first, first + PAYMENTS);
    await chain.run(
      senders.map((from, index) => {
        const to = addresses[(first + index + 1) % count];
        return payment(from, { nonce: 0n, to, value: 1n, gasLimit: 21_000n });
      }),
    );
  }
  const bytes = process.memoryUsage.rss();
  await chain.close();
  return bytes;
}
