#!/usr/bin/env node
// Memory of an executor under a constant load: the resident set along a chain whose blocks are all alike. A process of its own, whose memory is what is measured: `steady.mjs PATH BLOCKS`.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createRandom } from '@heddle/testkit';
import { createDatabase, genesisOperations, openStateTrie } from '../dist/index.js';
import { openChain, payment } from './chain.mjs';
import { benchToken } from './engines/tokens.mjs';
import { calldata, contractAddress } from './engines/workload.mjs';

const ACCOUNTS = 5_000;
/** Of a block: transfers of ether, and of a token. */
const PAYMENTS = { ether: 50, token: 100 };
/** Looks that a median is taken of, one a block at the end of each tenth. */
const LOOKS = 100;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path = '-', blocks = '', ...more] = process.argv.slice(2);
  if (path.startsWith('-') || !/^[1-9]\d{0,6}$/.test(blocks) || more.length > 0) {
    console.error('steady: give a folder that is not there yet and a number of blocks: steady.mjs PATH BLOCKS');
    process.exitCode = 1;
  } else console.log(JSON.stringify(await run(path, Number(blocks))));
}

/**
 * Runs `blocks` blocks on a new store in `path`: resident bytes at the end of each tenth of them, and what a block took, ms.
 */
export async function benchSteady(path, blocks) {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), path, `${blocks}`]);
  return JSON.parse(stdout);
}

async function run(path, blocks) {
  const database = await createDatabase(path);
  const addresses = Array.from({ length: ACCOUNTS }, (_, index) => contractAddress('holder', index));
  const { stateRoot, operations } = genesisOperations(alloc(addresses));
  await database.batch(operations, { sync: false });
  const chain = await openChain({ path, database, trie: openStateTrie(database, stateRoot) });
  const tenths = Array.from({ length: 10 }, () => []);
  const random = createRandom('steady');
  const nonces = addresses.map(() => 0n);
  const startedMs = performance.now();
  for (let number = 1; number <= blocks; number++) {
    await chain.run(drawPayments(addresses, nonces, random));
    const tenth = Math.ceil((10 * number) / blocks);
    if (number > (tenth * blocks) / 10 - LOOKS) tenths[tenth - 1].push(process.memoryUsage.rss());
  }
  const blockMs = (performance.now() - startedMs) / blocks;
  await chain.close();
  return { bytes: tenths.map(median), blockMs };
}

/** Accounts that hold ether and tokens. */
export function alloc(addresses) {
  return [...etherHolders(addresses), benchToken(addresses.map((address) => ({ address })))];
}

/** Accounts that hold ether. */
export function etherHolders(addresses) {
  return addresses.map((address) => ({
    ...{ address, balance: 10n ** 24n, nonce: 0n, code: new Uint8Array(0), storage: new Map() },
  }));
}

/** Payments between accounts that are drawn at random. */
function drawPayments(addresses, nonces, random) {
  const one = () => random.int(0, addresses.length - 1);
  const send = (fields) => {
    const from = one();
    return payment(addresses[from], { nonce: nonces[from]++, ...fields });
  };
  const payEther = () => send({ to: addresses[one()], value: 1n, gasLimit: 21_000n });
  const payToken = () => {
    const data = calldata('transfer(address,uint256)', addresses[one()], 1n);
    return send({ to: contractAddress('token'), value: 0n, gasLimit: 65_000n, data });
  };
  return [...Array.from({ length: PAYMENTS.ether }, payEther), ...Array.from({ length: PAYMENTS.token }, payToken)];
}

function median(values) {
  return values.sort((left, right) => left - right)[values.length >> 1];
}
