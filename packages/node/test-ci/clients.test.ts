import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { LOAD_TOKEN_ABI, LOAD_TOKEN_INIT_CODE } from '@heddle/load';
import { type RpcClient, temporaryDirectory, waitFor } from '@heddle/testkit';
import { Contract, ContractFactory, HDNodeWallet, JsonRpcProvider, Mnemonic } from 'ethers';
import { createPublicClient, createWalletClient, http, parseAbi } from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import { anvil } from 'viem/chains';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DevnetUnderTest, startDevnet } from './devnet-under-test.ts';

const MNEMONIC = 'test test test test test test test test test test test junk';
const RECIPIENT = '0x00000000000000000000000000000000000000a1';

const directory = temporaryDirectory('clients');
let devnet: DevnetUnderTest;

beforeAll(async () => {
  devnet = await startDevnet(directory.path);
});

afterAll(async () => {
  await devnet?.interrupt();
  directory.remove();
});

const rpcUrl = (index: number): string => devnet.validators()[index]?.rpcUrl ?? '';

/** The receipt as the validator `index` gives it, once it has the block. */
const receiptAt = (index: number, hash: string) => devnet.client(index).receipt(hash);

test('an ethers script deploys the ERC-20 through one validator and uses it through the others', async () => {
  const providers = [0, 1, 2, 3].map(
    (index) => new JsonRpcProvider(rpcUrl(index), undefined, { pollingInterval: 100 }),
  );
  const [first, second, third, fourth] = providers as [
    JsonRpcProvider,
    JsonRpcProvider,
    JsonRpcProvider,
    JsonRpcProvider,
  ];
  const key = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(MNEMONIC), "m/44'/60'/0'/0/1");
  const factory = new ContractFactory([...LOAD_TOKEN_ABI], LOAD_TOKEN_INIT_CODE, key.connect(first));
  const token = await factory.deploy('Token', 'TOK', 1_000n);
  await token.waitForDeployment();
  const address = await token.getAddress();
  const deployment = token.deploymentTransaction()?.hash ?? '';
  await receiptAt(3, deployment);
  const throughFourth = new Contract(address, [...LOAD_TOKEN_ABI], key.connect(fourth));
  const sent = await throughFourth.getFunction('transfer')(RECIPIENT, 7n);
  const receipt = await sent.wait();
  expect(receipt.status).toBe(1);
  await receiptAt(1, sent.hash);
  const throughSecond = new Contract(address, [...LOAD_TOKEN_ABI], second);
  expect(await throughSecond.getFunction('balanceOf')(RECIPIENT)).toBe(7n);
  await receiptAt(2, sent.hash);
  const throughThird = new Contract(address, [...LOAD_TOKEN_ABI], third);
  const events = await throughThird.queryFilter('Transfer', receipt.blockNumber, receipt.blockNumber);
  expect(events.map((event) => ('args' in event ? event.args.toArray() : []))).toEqual([
    [key.address, expect.stringMatching(/a1$/i), 7n],
  ]);
  for (const provider of providers) provider.destroy();
});

test('a viem script does the same', async () => {
  const account = mnemonicToAccount(MNEMONIC, { addressIndex: 2 });
  const wallet = (index: number) => createWalletClient({ account, chain: anvil, transport: http(rpcUrl(index)) });
  const reader = (index: number) =>
    createPublicClient({ chain: anvil, transport: http(rpcUrl(index)), pollingInterval: 100 });
  const abi = parseAbi(LOAD_TOKEN_ABI);
  const deployment = await wallet(0).deployContract({
    abi,
    bytecode: LOAD_TOKEN_INIT_CODE,
    args: ['Token', 'TOK', 1_000n],
  });
  const { contractAddress } = await reader(0).waitForTransactionReceipt({ hash: deployment });
  const address = contractAddress as `0x${string}`;
  await receiptAt(3, deployment);
  const hash = await wallet(3).writeContract({ abi, address, functionName: 'transfer', args: [RECIPIENT, 9n] });
  await receiptAt(1, hash);
  expect(await reader(1).readContract({ abi, address, functionName: 'balanceOf', args: [RECIPIENT] })).toBe(9n);
  const { blockNumber } = await receiptAt(2, hash);
  const events = await reader(2).getContractEvents({
    abi,
    address,
    eventName: 'Transfer',
    fromBlock: BigInt(blockNumber),
    toBlock: BigInt(blockNumber),
  });
  expect(events.map(({ args }) => args)).toEqual([
    { from: account.address, to: expect.stringMatching(/a1$/i), value: 9n },
  ]);
});

test('cast sends a transaction and prints its receipt', async () => {
  const root = dirname(createRequire(import.meta.url).resolve('../../../package.json'));
  const args = [
    'send',
    '--rpc-url',
    rpcUrl(2),
    '--mnemonic',
    MNEMONIC,
    '--mnemonic-index',
    '3',
    RECIPIENT,
    '--value',
    '5',
    '--json',
  ];
  const { stdout } = await promisify(execFile)(join(root, 'node_modules/.bin/cast'), args, { timeout: 60_000 });
  expect(JSON.parse(stdout)).toMatchObject({ status: '0x1', to: expect.stringMatching(/a1$/i) });
});

test('every validator gives the same hash and state root at every height', async () => {
  const clients = [0, 1, 2, 3].map((index) => devnet.client(index));
  const height = Number(await (clients[0] as RpcClient).call('eth_blockNumber'));
  expect(height).toBeGreaterThan(3);
  for (const client of clients) {
    await waitFor(async () => Number(await client.call('eth_blockNumber')) >= height, { what: `height ${height}` });
  }
  const chains = await Promise.all(
    clients.map((client) =>
      Promise.all(
        Array.from({ length: height + 1 }, async (_, number) => {
          const { hash, stateRoot } = await client.call('eth_getBlockByNumber', `0x${number.toString(16)}`, false);
          return `${number} ${hash} ${stateRoot}`;
        }),
      ),
    ),
  );
  for (const chain of chains) expect(chain).toEqual(chains[0]);
});
