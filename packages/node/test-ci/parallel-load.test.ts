import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LoadReport, runLoad, type Scenario } from '@heddle/load';
import { type RpcClient, temporaryDirectory } from '@heddle/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DevnetUnderTest, startDevnet } from './devnet-under-test.ts';
import { replayWithStock } from './stock-replay.ts';

const MNEMONIC = 'test test test test test test test test test test test junk';
const directory = temporaryDirectory('parallel-load');
let devnet: DevnetUnderTest;

beforeAll(async () => {
  devnet = await startDevnet(directory.path, ['--workers', '2', '--elasticity', '1']);
});

afterAll(async () => {
  await devnet?.killAll();
  directory.remove();
});

interface Figures {
  readonly number: number;
  readonly runsPerWorker: readonly number[];
  readonly reExecutions: number;
  readonly hot: readonly { readonly slot: string | null; readonly gain: number; readonly reExecutions: number }[];
}

async function load(scenario: Scenario): Promise<{ report: LoadReport; figures: Figures[] }> {
  const from = Number(await devnet.client(0).call('eth_blockNumber'));
  const report = await runLoad({
    urls: devnet.validators().map(({ rpcUrl }) => rpcUrl),
    scenario,
    rate: 100,
    durationMs: 6_000,
    senders: 360,
    mnemonic: MNEMONIC,
    seed: scenario,
    onProgress: () => undefined,
    onNotice: () => undefined,
  });
  return { report, figures: await figuresOfFollowers(from) };
}

/** Of every block with load in it, as each validator that did not propose it saw it. */
async function figuresOfFollowers(from: number): Promise<Figures[]> {
  const clients = devnet.validators().map((_, index) => devnet.client(index));
  const validators = await (clients[0] as RpcClient).call('heddle_validators');
  const feeAddresses = (validators as { address: string; feeAddress: string }[]).map((one) => [
    one.address.toLowerCase(),
    one.feeAddress.toLowerCase(),
  ]);
  const proposerOf = new Map(feeAddresses.map(([address, fee]) => [fee, address]));
  const head = Number(await (clients[0] as RpcClient).call('eth_blockNumber'));
  const figures: Figures[] = [];
  for (let number = from + 1; number <= head; number++) {
    const tag = `0x${number.toString(16)}`;
    const block = await (clients[0] as RpcClient).call('eth_getBlockByNumber', tag, true);
    if (block.transactions.length < 20) continue;
    const proposer = proposerOf.get(block.miner.toLowerCase());
    for (const [index, { address }] of devnet.validators().entries()) {
      if (address.toLowerCase() === proposer) continue;
      const record = await (clients[index] as RpcClient).call('heddle_getBlockParallelism', tag);
      if (record) figures.push(record);
    }
  }
  return figures;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Loads until something is seen that depends on when the system lets which worker run. As a rule one is enough. */
const MAX_LOADS = 5;
/** Each worker has run so many transactions when it has truly taken part. */
const MIN_RUNS = 30;

test('transfers of disjoint accounts run on two workers without one re-execution', async () => {
  const runs = [0, 0];
  for (let turn = 0; turn < MAX_LOADS && Math.min(...runs) < MIN_RUNS; turn++) {
    const { report, figures } = await load('erc20');
    expect(report).toMatchObject({ lost: 0, refused: {} });
    expect(sum(figures.map(({ reExecutions }) => reExecutions))).toBe(0);
    for (const worker of runs.keys()) {
      runs[worker] = (runs[worker] ?? 0) + sum(figures.map(({ runsPerWorker }) => runsPerWorker[worker] ?? 0));
    }
  }
  expect(sum(runs)).toBeGreaterThan(300); // by the three followers of each block
  expect(Math.min(...runs)).toBeGreaterThanOrEqual(MIN_RUNS);
});

test('a hot recipient shows as conflicts, as re-executions, and by the name of its balance slot', async () => {
  let { report, figures } = await load('hot');
  const reExecutions = () => sum(figures.map((block) => block.reExecutions));
  for (let turn = 1; turn < MAX_LOADS && reExecutions() === 0; turn++) ({ report, figures } = await load('hot'));
  expect(report.lost).toBe(0);
  expect(reExecutions()).toBeGreaterThan(0);
  expect(report.parallelism?.hottest?.location).toMatch(/\(balance of 0x/);
  const slots = new Set(figures.flatMap(({ hot }) => (hot[0]?.slot ? [hot[0].slot] : [])));
  expect(slots.size).toBe(1);
  expect(report.parallelism?.hottest?.location).toContain([...slots][0]);
});

test('stock runBlock executes the chain of both loads again, to the same roots and receipts', async () => {
  const genesis = ['genesis.json', 'chain/genesis.json'].map((name) => join(devnet.datadir, name)).find(existsSync);
  const client = devnet.client(1);
  const head = Number(await client.call('eth_blockNumber'));
  const replay = await replayWithStock(client, JSON.parse(readFileSync(genesis ?? '', 'utf8')), head);
  expect(replay.transactions).toBeGreaterThan(400);
});
