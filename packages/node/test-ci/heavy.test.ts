import { runLoad } from '@heddle/load';
import { bytesToHex, createAddress, type Hex, hexToBytes, type Transaction } from '@heddle/primitives';
import {
  accountOfKey,
  assemble,
  creation,
  initCodeOf,
  type RpcClient,
  signedTransaction,
  type TestAccount,
  temporaryDirectory,
  waitFor,
} from '@heddle/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DevnetUnderTest, startDevnet } from './devnet-under-test.ts';

const MNEMONIC = 'test test test test test test test test test test test junk';
/** Anvil's accounts 4 to 7. */
const KEYS: readonly Hex[] = [
  '0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a',
  '0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba',
  '0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e',
  '0x4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356',
];
const [looper, precompiler, deployer, storer] = KEYS.map((key) => accountOfKey(hexToBytes(key))) as [
  TestAccount,
  TestAccount,
  TestAccount,
  TestAccount,
];

/** Counts until its gas is gone. */
const LOOP = assemble(0, { label: 'again' }, 1, 'ADD', { at: 'again' }, 'JUMP');
/** Adds the generator of bn254 to itself (EIP-196, 150 gas) until its gas is gone: the slowest precompile per gas. */
const BN254_ADD = assemble(
  ...[1, 0, 'MSTORE', 2, 32, 'MSTORE', 1, 64, 'MSTORE', 2, 96, 'MSTORE'],
  { label: 'again' },
  ...[64, 128, 128, 0, 6, 'GAS', 'STATICCALL', 'POP', { at: 'again' }, 'JUMP'],
);
/** Writes 220 fresh slots: about 5 Mgas. */
const STORE = assemble(
  ...[220, { label: 'again' }, 'DUP1', 'DUP1', 'SSTORE', 1, 'SWAP1', 'SUB', 'DUP1', { at: 'again' }, 'JUMPI', 'STOP'],
);

const directory = temporaryDirectory('heavy');
let devnet: DevnetUnderTest;
let client: RpcClient;

beforeAll(async () => {
  devnet = await startDevnet(directory.path);
  client = devnet.client(0);
});

afterAll(async () => {
  await devnet?.killAll();
  directory.remove();
});

async function submit(transaction: Transaction): Promise<Transaction> {
  await client.call('eth_sendRawTransaction', bytesToHex(transaction.raw));
  return transaction;
}

test('blocks go on under transactions of 16 Mgas, and all that was sent with them is included', async () => {
  for (const [account, code] of [
    [looper, LOOP],
    [precompiler, BN254_ADD],
    [storer, STORE],
  ] as const) {
    const { hash } = await submit(creation(account, initCodeOf(code), { nonce: 0 }));
    expect((await client.receipt(hash)).status).toBe('0x1');
  }
  const load = runLoad({
    urls: devnet.validators().map(({ rpcUrl }) => rpcUrl),
    scenario: 'transfer',
    rate: 30,
    durationMs: 8_000,
    senders: 120,
    mnemonic: MNEMONIC,
    seed: 'heavy',
    onProgress: () => undefined,
    onNotice: () => undefined,
  });
  const call = (account: TestAccount, gasLimit: bigint, nonce: number) =>
    signedTransaction(account, { to: createAddress(account.address, 0n), value: 0n, gasLimit, nonce });
  const heavy = [call(looper, 16_000_000n, 1), call(precompiler, 16_000_000n, 1)];
  const height = Number(await client.call('eth_blockNumber'));
  await Promise.all(heavy.map((transaction) => submit(transaction)));
  const largest = await submit(
    creation(deployer, initCodeOf(new Uint8Array(24_576)), { nonce: 0, gasLimit: 6_000_000n }),
  );
  const writing = await submit(call(storer, 6_000_000n, 1));
  const deployed = await client.receipt(largest.hash);
  expect(deployed.status).toBe('0x1');
  expect(await client.call('eth_getCode', deployed.contractAddress, 'latest')).toBe(`0x${'00'.repeat(24_576)}`);
  const written = await client.receipt(writing.hash);
  expect(written.status).toBe('0x1');
  expect(Number(written.gasUsed)).toBeGreaterThan(4_800_000);
  for (const transaction of heavy) {
    // Either it ran out of gas in a block, or the pool says why it never will be in one.
    const fate = await waitFor(() => fateOf(transaction), {
      what: `the fate of ${transaction.hash}`,
    });
    expect(fate).toMatch(/^(included, 16000000 gas|transaction exceeds the block build time)$/);
  }
  const report = await load;
  expect(report.lost).toBe(0);
  await waitFor(async () => Number(await client.call('eth_blockNumber')) >= height + 8, { what: 'eight more blocks' });
});

async function fateOf(transaction: Transaction): Promise<string | undefined> {
  const receipt = await client.call('eth_getTransactionReceipt', transaction.hash);
  if (receipt) return `included, ${Number(receipt.gasUsed)} gas`;
  if (await client.call('eth_getTransactionByHash', transaction.hash)) return undefined;
  return (await client.fail('eth_sendRawTransaction', bytesToHex(transaction.raw))).message;
}
