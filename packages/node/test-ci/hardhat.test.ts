import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryDirectory } from '@heddle/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DevnetUnderTest, startDevnet } from './devnet-under-test.ts';

const PROJECT = join(import.meta.dirname, 'hardhat');
const run = promisify(execFile);
const directory = temporaryDirectory('hardhat');
let devnet: DevnetUnderTest;

beforeAll(async () => {
  if (!existsSync(join(PROJECT, 'node_modules/hardhat'))) {
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    // A project of its own: Hardhat brings its engine for every platform, 90 MB that nobody else needs.
    const flags = ['install', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
    await run(npm, flags, { cwd: PROJECT, timeout: 180_000 });
  }
  devnet = await startDevnet(directory.path);
});

afterAll(async () => {
  await devnet?.interrupt();
  directory.remove();
});

test('a Hardhat project deploys, sends, reads, and sees the reason of a revert', async () => {
  const env = {
    ...process.env,
    HEDDLE_RPC_URL: devnet.validators()[1]?.rpcUrl,
    HARDHAT_DISABLE_TELEMETRY_PROMPT: 'true',
  };
  const hardhat = join(PROJECT, 'node_modules/hardhat/internal/cli/bootstrap.js');
  const args = [hardhat, 'run', '--network', 'heddle', 'scripts/count.js'];
  const { stdout } = await run(process.execPath, args, { cwd: PROJECT, env, timeout: 120_000 });
  const last = stdout.trim().split('\n').at(-1) ?? '';
  expect(JSON.parse(last)).toEqual({
    signer: '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
    status: 1,
    events: 1,
    count: '5',
    refusal: expect.stringContaining('nothing to count'),
  });
});
