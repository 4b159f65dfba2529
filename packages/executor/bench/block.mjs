// What is left of a block to roots and store: blocks that one worker executes, each on disk before the next, by parts.
import { join } from 'node:path';
import { createRandom } from '@heddle/testkit';
import { createDatabase, genesisOperations, openStateTrie } from '../dist/index.js';
import { openChain, payment } from './chain.mjs';
import { calldata, contractAddress } from './engines/workload.mjs';
import { alloc } from './steady.mjs';

const ACCOUNTS = 10_000;
const GAS_LIMIT = 100_000_000n;
/** Blocks before the first that counts: in them, code is compiled and most accounts are touched. */
const WARM_BLOCKS = 20;

/** By name, what a block does. */
const WORKLOADS = {
  '1,428 transfers': { count: 1_428, pay: (to) => ({ to, value: 1n, gasLimit: 21_000n }) },
  '1,000 token transfers': {
    count: 1_000,
    pay(to) {
      const data = calldata('transfer(address,uint256)', to, 1n);
      return { to: contractAddress('token'), value: 0n, gasLimit: 65_000n, data };
    },
  },
};

/** By workload: the least milliseconds of each part of a block, among `blocks`. */
export async function benchBlock(folder, blocks) {
  const results = {};
  for (const [index, [name, workload]] of Object.entries(WORKLOADS).entries()) {
    results[name] = await run(join(folder, `block-${index}`), workload, blocks);
  }
  return results;
}

async function run(path, { count, pay }, blocks) {
  const addresses = Array.from({ length: ACCOUNTS }, (_, index) => contractAddress('holder', index));
  const database = await createDatabase(path);
  const { stateRoot, operations } = genesisOperations(alloc(addresses));
  await database.batch(operations, { sync: false });
  const trie = openStateTrie(database, stateRoot);
  const chain = await openChain({ path, database, trie, workers: 1, sync: true, gasLimit: GAS_LIMIT });
  const random = createRandom('block');
  const nonces = addresses.map(() => 0n);
  const draw = () => {
    const from = random.int(0, ACCOUNTS - 1);
    const to = addresses[random.int(0, ACCOUNTS - 1)];
    return payment(addresses[from], { nonce: nonces[from]++, ...pay(to) });
  };
  const least = {};
  for (let block = 0; block < WARM_BLOCKS + blocks; block++) {
    const { wallMs, partsMs } = await chain.run(Array.from({ length: count }, draw));
    if (block < WARM_BLOCKS) continue;
    for (const [part, ms] of Object.entries({ execution: wallMs, ...partsMs })) {
      least[part] = Math.min(least[part] ?? Number.POSITIVE_INFINITY, ms);
    }
  }
  await chain.close();
  return least;
}
