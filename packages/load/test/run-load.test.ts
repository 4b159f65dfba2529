import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { freePort, rpcClient, waitFor } from '@heddle/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { balanceSlot } from '../src/parallelism.ts';
import { runLoad } from '../src/run-load.ts';

const MNEMONIC = 'test test test test test test test test test test test junk';

// anvil is another implementation of the chain that the generator is written for, so it judges the generator.
let anvil: ChildProcess;
let url: string;

beforeAll(async () => {
  const port = await freePort();
  const root = dirname(createRequire(import.meta.url).resolve('../../../package.json'));
  anvil = spawn(join(root, 'node_modules/.bin/anvil'), ['--port', String(port), '--block-time', '1', '--silent']);
  url = `http://127.0.0.1:${port}`;
  await waitFor(() => rpcClient(url).call('eth_chainId'), { what: 'anvil to answer' });
});

afterAll(async () => {
  const ended = new Promise((resolve) => anvil.once('exit', resolve));
  anvil.kill();
  await ended;
});

const load = (scenario: 'transfer' | 'erc20' | 'hot', onProgress: (stage: string) => void = () => undefined) =>
  runLoad({
    urls: [url],
    scenario,
    rate: 40,
    durationMs: 3_000,
    senders: 160,
    mnemonic: MNEMONIC,
    seed: scenario,
    onProgress,
    onNotice: () => undefined,
  });

/** What a busy machine does to the generator. */
function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('a load of transfers is offered, accepted and final in full, and each transfer arrives', async () => {
  const report = await load('transfer', (stage) => stage === 'sending' && stall(350)); // no slot is lost by it
  expect(report).toMatchObject({
    slots: 120,
    missed: 0,
    sent: 120,
    accepted: 120,
    included: 120,
    lost: 0,
    refused: {},
  });
  expect(report.latencyMs.p50).toBeGreaterThan(0);
  expect(report.latencyMs.max).toBeGreaterThanOrEqual(report.latencyMs.p50);
});

test('a hot load credits one account in every transaction', async () => {
  const before = Number(await rpcClient(url).call('eth_blockNumber'));
  const report = await load('hot');
  expect(report).toMatchObject({ accepted: 120, included: 120 });
  const logs = await rpcClient(url).call('eth_getLogs', { fromBlock: `0x${(before + 1).toString(16)}` });
  const recipients = new Map<string, number>();
  for (const { topics } of logs as { topics: string[] }[]) {
    const to = topics[2] ?? '';
    if (BigInt(topics[1] ?? '0x0') !== 0n) recipients.set(to, (recipients.get(to) ?? 0) + 1);
  }
  expect([...recipients.values()]).toEqual([120]);
});

test('the balance slot of an account is where the token keeps its balance', async () => {
  const report = await load('erc20');
  expect(report).toMatchObject({ accepted: 120, included: 120 });
  const head = await rpcClient(url).call('eth_getLogs', { fromBlock: 'earliest' });
  const last = (head as { address: string; topics: string[] }[]).at(-1);
  const recipient = `0x${last?.topics[2]?.slice(26)}` as const;
  const stored = await rpcClient(url).call('eth_getStorageAt', last?.address, balanceSlot(recipient), 'latest');
  expect(BigInt(stored)).toBe(1n);
});
