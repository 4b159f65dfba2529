import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { bytesToHex, type Hex, hexToBytes } from '@heddle/primitives';
import { accountOfKey, freePort, rpcClient, temporaryDirectory, transfer, waitFor } from '@heddle/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DevnetUnderTest, startDevnet } from './devnet-under-test.ts';

/** Anvil's account 8. */
const KEY: Hex = '0xdbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97';
/** One after another; three are enough when each comes into the very next block. */
const MAX_SENT = 100;
const sender = accountOfKey(hexToBytes(KEY));
const directory = temporaryDirectory('spread');
const follower = temporaryDirectory('full-node');
let devnet: DevnetUnderTest;

beforeAll(async () => {
  devnet = await startDevnet(directory.path, ['--block-time', '0.4']);
});

afterAll(async () => {
  await devnet?.killAll();
  directory.remove();
  follower.remove();
});

test('transactions sent to one validator alone are included by at least three proposers', async () => {
  const client = devnet.client(0);
  const proposers = new Set<string>();
  for (let nonce = 0; nonce < MAX_SENT && proposers.size < 3; nonce++) {
    const transaction = transfer(sender, '0x00000000000000000000000000000000000000b1', 1n, { nonce });
    await client.call('eth_sendRawTransaction', bytesToHex(transaction.raw));
    const { blockNumber } = await client.receipt(transaction.hash);
    proposers.add((await client.call('eth_getBlockByNumber', blockNumber, false)).miner);
  }
  expect(proposers.size).toBe(3);
});

test('a full node joins by devnet.json, follows the chain, and passes on what is sent to it', async () => {
  const port = await freePort();
  const args = [
    'node',
    '--join',
    join(devnet.datadir, 'devnet.json'),
    '--datadir',
    follower.path,
    '--port',
    String(port),
  ];
  const child = spawn(process.execPath, [join(import.meta.dirname, '../bin/heddle.js'), ...args], { stdio: 'ignore' });
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  try {
    const client = rpcClient(`http://127.0.0.1:${port}`);
    const height = Number(await devnet.client(0).call('eth_blockNumber'));
    await waitFor(async () => Number(await client.call('eth_blockNumber')) >= height, {
      what: 'the full node to follow',
    });
    const nonce = Number(await client.call('eth_getTransactionCount', sender.address, 'pending'));
    const transaction = transfer(sender, '0x00000000000000000000000000000000000000b2', 1n, { nonce });
    await client.call('eth_sendRawTransaction', bytesToHex(transaction.raw));
    const receipt = await devnet.client(2).receipt(transaction.hash);
    expect(receipt.status).toBe('0x1');
    expect((await client.receipt(transaction.hash)).blockHash).toBe(receipt.blockHash);
    const validators = await client.call('heddle_validators');
    expect(validators).toHaveLength(4);
  } finally {
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  }
});
