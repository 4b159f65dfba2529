import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rpcClient, temporaryDirectory, waitFor } from '@heddle/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askDevnet } from '../src/control/control-client.ts';
import type { DevnetStatus } from '../src/supervisor/devnet-status.ts';
import { isAlive } from './devnet-under-test.ts';

const COMMAND = join(import.meta.dirname, '../bin/heddle.js');
const directory = temporaryDirectory('fault-commands');
const datadir = directory.path;

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs the command on the devnet, as a script does. */
function heddle(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [COMMAND, ...args, '--datadir', datadir], (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, output: stdout + stderr });
    });
  });
}

async function succeeds(...args: string[]): Promise<string> {
  const { code, output } = await heddle(...args);
  expect(code, `heddle ${args.join(' ')}: ${output}`).toBe(0);
  return output;
}

const status = async (): Promise<DevnetStatus> =>
  (await askDevnet(datadir, { command: 'status', params: {} })) as DevnetStatus;

async function untilStatus(what: string, holds: (status: DevnetStatus) => boolean | undefined): Promise<DevnetStatus> {
  return waitFor(
    async () => {
      const found = await status();
      return holds(found) && found;
    },
    { what, everyMs: 50 },
  );
}

/** `more` further blocks on the validators of these numbers. */
async function blocksGoOn(more: number, validators: readonly number[] = [0, 1, 2, 3]): Promise<void> {
  const { head } = await status();
  await succeeds('devnet', 'wait', '--block', `${head + more}`, '--timeout', '10m', '--validators', validators.join());
}

beforeAll(async () => {
  const flags = ['--port', '0', '--workers', '1', '--block-time', '0.5', '--empty-block-time', '0.5'];
  const output = await succeeds('devnet', 'up', '--detach', ...flags);
  expect(output).toMatch(/the devnet runs in the background \(pid \d+\), chain 31337/);
  expect(output.match(/http:\/\/127\.0\.0\.1:\d+/g)).toHaveLength(4);
  expect(output).toContain(`end it: heddle devnet down --datadir ${datadir}`);
});

afterAll(async () => {
  const left = await status().catch(() => undefined);
  if (left) await heddle('devnet', 'down');
  directory.remove();
});

test('a devnet in the background is waited for, and asked how it does', async () => {
  expect(await succeeds('devnet', 'wait', '--block', '2')).toBe('heddle: block 2 is there\n');
  await untilStatus('all to know each other', ({ validators }) =>
    validators.every(({ peers, isSyncing }) => peers === 3 && !isSyncing),
  );
  const shown = JSON.parse(await succeeds('devnet', 'status', '--json')) as DevnetStatus;
  expect(shown.validators.map(({ state, peers }) => `${state} ${peers}`)).toEqual(new Array(4).fill('running 3'));
  expect(await succeeds('devnet', 'status')).toMatch(/^chain 31337 at block \d+ .*\n# +state +head +lag/);
  expect(await heddle('devnet', 'up', '--detach')).toMatchObject({
    code: 1,
    output: expect.stringMatching(/did not start: .*a devnet runs here already \(process \d+\)/),
  });
  expect(await heddle('devnet', 'wait', '--block', '999999', '--timeout', '200ms')).toMatchObject({
    code: 1,
    output: expect.stringMatching(/^heddle: no block 999999 within 200ms: validator 0 is at \d+ \(running\)/),
  });
  expect(await heddle('fault', 'kill', '4')).toEqual({
    code: 1,
    output: 'heddle: validator "4": there are validators 0 to 3; give the number of one of them\n',
  });
});

test('halves of a partition decide nothing, serve reads, and go on when it is healed', async () => {
  expect(await succeeds('fault', 'partition', '0,1/2,3')).toBe('heddle: partition 0,1/2,3\n');
  const { head } = await status();
  const apart = await untilStatus('every validator to have lost two peers', ({ validators }) =>
    validators.every(({ peers }) => peers === 1),
  );
  expect(apart.head - head).toBeLessThanOrEqual(1); // decided on the one side before the precommits were cut off
  for (const { rpcUrl } of apart.validators) {
    expect(Number(await rpcClient(rpcUrl ?? '').call('eth_blockNumber'))).toBeGreaterThanOrEqual(head);
  }
  expect((await status()).head - head).toBeLessThanOrEqual(1);
  expect(await succeeds('fault', 'status')).toBe('partition 0,1/2,3\n');
  await succeeds('fault', 'heal');
  const start = performance.now();
  await untilStatus('a block after the partition', (found) => found.head > head + 1);
  console.log(`first block ${((performance.now() - start) / 1_000).toFixed(1)} s after the partition was healed`);
  await untilStatus('all to be there', ({ validators }) => validators.every(({ head }) => head > apart.head));
});

test('a killed validator stays down until it is restarted, and then catches up', async () => {
  await succeeds('fault', 'kill', '3');
  await blocksGoOn(3, [0, 1, 2]);
  const down = await status();
  expect(down.validators[3]).toMatchObject({ state: 'killed', pid: null });
  expect(down.validators[3]?.lag).toBeGreaterThan(0);
  expect(await succeeds('fault', 'restart', '3')).toMatch(/^heddle: validator 3 serves RPC again \(pid \d+\)/);
  await blocksGoOn(1);
});

test('a stopped validator falls behind and comes back by itself; a slow one does not stop the chain', async () => {
  await succeeds('fault', 'stop', '2', '20s'); // longer than it takes to look, on a busy machine too
  expect((await status()).validators[2]?.state).toBe('stopped');
  await blocksGoOn(1, [0, 1, 3]);
  await succeeds('fault', 'slow', '1', '25%');
  await untilStatus('the stopped validator to run', ({ validators }) => validators[2]?.state === 'running');
  await blocksGoOn(2);
  await succeeds('fault', 'heal');
});

test('a validator that signs twice is seen by others, and the chain goes on', async () => {
  await succeeds('fault', 'byzantine', '3', 'equivocate');
  await blocksGoOn(4, [0, 1, 2]);
  const seen = await waitFor(
    async () => {
      const logs = [];
      for (const validator of ['0', '1', '2']) logs.push(await succeeds('devnet', 'logs', validator, '--lines', '400'));
      return logs.flatMap((log) => log.split('\n')).find((line) => line.includes('a validator signed twice'));
    },
    { what: 'somebody to have seen both signatures' },
  );
  const { validators } = JSON.parse(readFileSync(join(datadir, 'devnet.json'), 'utf8'));
  expect(JSON.parse(seen).validator).toBe(validators[3].address);
  await succeeds('fault', 'heal');
  await blocksGoOn(2);
});

test('all agree in the end, and no process outlives the devnet', async () => {
  const { validators, pid } = await status();
  const height = `0x${Math.min(...validators.map(({ head }) => head)).toString(16)}`;
  const hashes = [];
  for (const { rpcUrl } of validators) {
    hashes.push((await rpcClient(rpcUrl ?? '').call('eth_getBlockByNumber', height, false)).hash);
  }
  expect(new Set(hashes).size).toBe(1);
  expect(await succeeds('devnet', 'down')).toBe(`heddle: the devnet on ${datadir} has ended\n`);
  const pids = [pid, ...validators.map((one) => one.pid ?? 0)];
  await waitFor(() => pids.every((one) => !isAlive(one)), { what: 'all processes to be gone' });
  expect(await heddle('devnet', 'status')).toMatchObject({
    code: 1,
    output: expect.stringContaining(`${datadir}: no devnet runs there`),
  });
});
