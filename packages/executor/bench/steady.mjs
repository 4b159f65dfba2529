#!/usr/bin/env node
// Memory of an executor under a constant load: the resident set along a chain whose blocks are all alike. A process of its own, whose memory is what is measured: `steady.mjs PATH BLOCKS`.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bigIntToBytes, concatBytes, encodeRlp, hexToBytes } from '@heddle/primitives';
import { createRandom } from '@heddle/testkit';
import { createDatabase, createExecutor, genesisOperations, openStateTrie, stateOperations } from '../dist/index.js';
import { benchToken } from './engines/tokens.mjs';
import { calldata, contractAddress } from './engines/workload.mjs';

const CHAIN_ID = 1;
const ACCOUNTS = 5_000;
/** Of a block: transfers of ether, and of a token. */
const PAYMENTS = { ether: 50, token: 100 };
const GWEI = 10n ** 9n;
/** Looks that a median is taken of, one a block at the end of each tenth. */
const LOOKS = 100;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path, blocks] = process.argv.slice(2);
  console.log(JSON.stringify(await run(path, Number(blocks))));
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
  const trie = openStateTrie(database, stateRoot);
  const executor = await createExecutor({
    rules: { chainId: CHAIN_ID, fork: 'osaka', transactionGasCap: 1n << 24n, codeSizeLimit: 24_576 },
    ...{ databasePath: path, database, workers: 2, trie, readBlockHash: () => undefined },
  });
  await executor.pool.whenReady();
  const tenths = Array.from({ length: 10 }, () => []);
  const random = createRandom('steady');
  const nonces = addresses.map(() => 0n);
  const startedMs = performance.now();
  for (let number = 1; number <= blocks; number++) {
    const transactions = drawPayments(addresses, nonces, random);
    const cancel = new Int32Array(new SharedArrayBuffer(4));
    const outcome = await executor.execute({ environment: environment(number), transactions, cancel });
    if (outcome.status !== 'executed') throw new Error(`block ${number}: ${outcome.reason}`);
    const { diff, stateRoot } = outcome.result;
    await database.batch([...stateOperations(database, number, diff), ...trie.operations(stateRoot)], { sync: false });
    executor.apply(stateRoot);
    const tenth = Math.ceil((10 * number) / blocks);
    if (number > (tenth * blocks) / 10 - LOOKS) tenths[tenth - 1].push(process.memoryUsage.rss());
  }
  const blockMs = (performance.now() - startedMs) / blocks;
  await executor.close();
  await database.close();
  return { bytes: tenths.map(median), blockMs };
}

function alloc(addresses) {
  const holders = addresses.map((address) => ({ address }));
  const payers = holders.map(({ address }) => ({
    ...{ address, balance: 10n ** 24n, nonce: 0n, code: new Uint8Array(0), storage: new Map() },
  }));
  return [...payers, benchToken(holders)];
}

/** Payments between accounts that are drawn at random; their signatures are nobody's, which execution never asks. */
function drawPayments(addresses, nonces, random) {
  const one = () => random.int(0, addresses.length - 1);
  const send = (to, value, gasLimit, data) => {
    const from = one();
    const fields = [BigInt(CHAIN_ID), nonces[from]++, 1n, 2n * GWEI, gasLimit].map(bigIntToBytes);
    const rest = [hexToBytes(to), bigIntToBytes(value), data, [], ...[0n, 1n, 1n].map(bigIntToBytes)];
    return { raw: concatBytes(Uint8Array.of(2), encodeRlp([...fields, ...rest])), sender: addresses[from] };
  };
  const token = contractAddress('token');
  return [
    ...Array.from({ length: PAYMENTS.ether }, () => send(addresses[one()], 1n, 21_000n, new Uint8Array(0))),
    ...Array.from({ length: PAYMENTS.token }, () =>
      send(token, 0n, 65_000n, calldata('transfer(address,uint256)', addresses[one()], 1n)),
    ),
  ];
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

function median(values) {
  return values.sort((left, right) => left - right)[values.length >> 1];
}
