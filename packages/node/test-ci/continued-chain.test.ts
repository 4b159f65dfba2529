import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Hex, signTransaction } from '@heddle/primitives';
import {
  fixtureFolder,
  GWEI,
  type RpcClient,
  rpcClient,
  temporaryDirectory,
  unsignedTransaction,
  waitFor,
} from '@heddle/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DevnetUnderTest, type ListedValidator, startDevnet } from './devnet-under-test.ts';
import { heddle, killCommands, runHeddle } from './heddle-command.ts';
import { askCase, readIoCases } from './io-cases.ts';

const fixtures = fixtureFolder('rpc') ?? '';
const PUBLIC = join(fixtures, 'execution-apis');
const CHAIN = join(PUBLIC, 'chain');
/** The public chain's. */
const BASE = 54;
const CHAIN_ID = 3_503_995_874_084_926n;
/** Of the public tests: what is asked about single blocks. */
const METHODS = [
  ...['eth_getBalance', 'eth_getCode', 'eth_getStorageAt', 'eth_getTransactionCount', 'eth_getProof', 'eth_call'],
  ...['eth_getBlockByHash', 'eth_getBlockByNumber', 'eth_getBlockReceipts', 'eth_getTransactionReceipt'],
  ...['eth_getTransactionByHash', 'eth_getLogs'],
];
/** What is asked about the head, which is another one now. */
const HEAD = /latest|pending|safe|finalized|default-block|future/;
const folder = temporaryDirectory('continued-chain');
const imported = join(folder.path, 'imported');
let devnet: DevnetUnderTest;
let clients: RpcClient[];

/** Starts the devnet, or starts it again. */
async function start(...args: string[]): Promise<void> {
  devnet = await startDevnet(join(folder.path, 'devnet'), args);
  clients = devnet.validators().map(({ index }) => devnet.client(index)); // their ports stay
}

const client = (index: number): RpcClient => clients[index] as RpcClient;
const headOf = async (index: number) => Number(await client(index).call('eth_blockNumber'));
const blockBy = (index: number, number: number) =>
  client(index).call('eth_getBlockByNumber', `0x${number.toString(16)}`, true);
const reached = (index: number, number: number) =>
  waitFor(async () => (await headOf(index).catch(() => 0)) >= number, {
    what: `validator ${index} to reach block ${number}`,
  });

beforeAll(async () => {
  if (fixtures === '') return;
  await runHeddle('import', '--genesis', join(CHAIN, 'genesis.json'), join(CHAIN, 'chain.rlp'), '--datadir', imported);
  await start('--from', imported, '--accounts', '1', '--empty-block-time', '1');
});

afterAll(async () => {
  await devnet?.interrupt();
  killCommands();
  folder.remove();
});

describe.skipIf(fixtures === '')('heddle devnet --from', () => {
  it('decides blocks on the head of the public chain, with a transaction of one who has funds there', async () => {
    expect(devnet.output()).toContain(`Goes on from:      block ${BASE} 0xd226371d`);
    expect(devnet.output()).toContain(`At block ${BASE} none of these accounts has funds`);
    await reached(0, BASE + 1);
    const keys = JSON.parse(readFileSync(join(CHAIN, 'accounts.json'), 'utf8')) as Record<Hex, { key: Hex }>;
    const { call, receipt } = client(0);
    const funded = await Promise.all(
      Object.keys(keys).map(async (address) => BigInt(await call('eth_getBalance', address, 'latest')) > 0n),
    );
    const [address, { key }] = Object.entries(keys)[funded.indexOf(true)] as [Hex, { key: Hex }];
    const nonce = Number(await call('eth_getTransactionCount', address, 'latest'));
    const fields = { chainId: CHAIN_ID, nonce, maxFeePerGas: 10n * GWEI };
    const signed = signTransaction(unsignedTransaction(fields), Buffer.from(key.slice(2), 'hex'));
    const raw = `0x${Buffer.from(signed.raw).toString('hex')}`;
    const { blockNumber, status } = await receipt(await call('eth_sendRawTransaction', raw));
    expect(status).toBe('0x1');
    await reached(3, Number(blockNumber));
    expect(await blockBy(3, Number(blockNumber))).toEqual(await blockBy(0, Number(blockNumber)));
    expect((await blockBy(0, BASE + 1)).parentHash).toBe((await blockBy(0, BASE)).hash);
    expect(await call('heddle_getCommit', `0x${BASE.toString(16)}`)).toBeNull();
    expect(await call('heddle_getCommit', `0x${(BASE + 1).toString(16)}`)).not.toBeNull();
  });

  it('answers about the blocks before as they were, and by the rules of their forks', async () => {
    const cases = readIoCases(join(PUBLIC, 'tests'), METHODS).filter(
      ({ name, request, isShapeOnly }) => !isShapeOnly && !HEAD.test(`${name} ${request}`),
    );
    expect(cases.length).toBeGreaterThan(30);
    for (const one of cases) expect(await askCase(client(1), one), one.name).toEqual(one.answer);
    // PUSH0 PUSH0 RETURN: an opcode of Shanghai, which began with block 39.
    expect(await client(1).call('eth_call', { data: '0x5f5ff3' }, '0x27')).toBe('0x');
    expect((await client(1).fail('eth_call', { data: '0x5f5ff3' }, '0x26')).message).toMatch(/invalid opcode/);
  });

  it('has a killed validator back, and tells a full node what it needs first', async () => {
    const [{ rpcUrl: url }, { pid }] = devnet.validators() as [ListedValidator, ListedValidator];
    process.kill(pid, 'SIGKILL');
    const joining = await runHeddle('node', '--join', url, '--datadir', join(folder.path, 'full'), '--port', '0');
    expect(joining.code).toBe(1);
    expect(joining.printed).toMatch(/goes on from block 54 0x\w+, which genesis alone does not give; copy the folder/);
    const head = await headOf(0);
    await waitFor(() => (devnet.validators()[1]?.pid ?? pid) !== pid, { what: 'another process' });
    await reached(1, head + 2);
  });

  const wiped = join(folder.path, 'devnet', 'validator-2');

  it('goes on after an end, with a wiped validator too, which begins with a copy again', async () => {
    expect(await devnet.interrupt()).toBe(0);
    rmSync(join(wiped, 'database'), { recursive: true });
    await start();
    const head = await headOf(0);
    await reached(2, head + 1);
    expect(await blockBy(2, head)).toEqual(await blockBy(0, head));
    expect(await devnet.interrupt()).toBe(0);
  });

  it('is exported and imported as a whole, verified and served', async () => {
    const file = join(folder.path, 'whole.rlp');
    await runHeddle('export', '--datadir', wiped, file);
    const whole = readFileSync(file);
    const before = readFileSync(join(CHAIN, 'chain.rlp'));
    expect(whole.subarray(0, before.length).equals(before)).toBe(true);
    const genesis = ['--genesis', join(devnet.datadir, 'genesis.json')];
    const again = await runHeddle('import', ...genesis, file, '--datadir', join(folder.path, 'again'));
    expect(again).toMatchObject({
      code: 0,
      printed: expect.stringMatching(/imported \d+ blocks; .* is at block \d+/),
    });
    expect((await runHeddle('db', 'verify', '--datadir', wiped)).printed).toContain('is sound');
    const serving = heddle('serve', '--datadir', wiped, '--port', '0');
    const url = await waitFor(() => /RPC at (\S+)/.exec(serving.printed())?.[1], { what: 'RPC' });
    expect((await rpcClient(url).fail('eth_call', { data: '0x5f5ff3' }, '0x26')).message).toMatch(/invalid opcode/);
  });
});
