#!/usr/bin/env node
// Measures a devnet that nobody uses: time from the command to its first final block, then memory and processor time of
// all its processes together. Prints one table; the figures in README.md come from here. Linux only (/proc).
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { family, memoryOf, processorSeconds } from './processes.mjs';

const COMMAND = join(import.meta.dirname, '../packages/node/bin/heddle.js');
const QUIET_MS = 30_000;
const MEASURED_MS = 30_000;

const folder = mkdtempSync(join(tmpdir(), 'heddle-idle-'));
const startedMs = performance.now();
const args = [COMMAND, 'devnet', '--datadir', join(folder, 'data'), '--port', '0', ...process.argv.slice(2)];
const devnet = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
try {
  await lineOf(devnet, /^block \d+/);
  const firstBlockMs = performance.now() - startedMs;
  await sleep(QUIET_MS); // the first twelve blocks come at full pace
  const before = processorSeconds(devnet.pid);
  await sleep(MEASURED_MS);
  const processorShare = (processorSeconds(devnet.pid) - before) / (MEASURED_MS / 1_000);
  const pids = family(devnet.pid);
  const memory = (field) => pids.reduce((sum, pid) => sum + memoryOf(pid, field), 0) / 1024;
  console.log(`processes                        ${pids.length}`);
  console.log(`first final block after          ${(firstBlockMs / 1_000).toFixed(1)} s`);
  console.log(`idle processor time              ${(100 * processorShare).toFixed(1)} % of one core`);
  console.log(`resident memory, shared once     ${memory('Pss').toFixed(0)} MB`);
  console.log(`resident memory, added up        ${memory('Rss').toFixed(0)} MB`);
  console.log(`a quiet chain, sent to final     ${(await quietLatency(join(folder, 'data'))).toFixed(0)} ms`);
} finally {
  const ended = new Promise((resolve) => devnet.once('exit', resolve));
  devnet.kill('SIGINT');
  await ended;
  rmSync(folder, { recursive: true, force: true });
}

function lineOf(child, pattern) {
  return new Promise((resolve, reject) => {
    let text = '';
    child.once('exit', (code) => reject(new Error(`the devnet ended with code ${code}`)));
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.split('\n').some((line) => pattern.test(line))) resolve();
    });
  });
}

/** The median over five transactions, each sent when no block was made for a while: milliseconds to its receipt. */
async function quietLatency(datadir) {
  const { validators } = JSON.parse(readFileSync(join(datadir, 'devnet.json'), 'utf8'));
  const url = validators.at(-1).rpcUrl;
  const [from] = await call(url, 'eth_accounts');
  const latencies = [];
  for (let round = 0; round < 5; round++) {
    let ageMs = 0;
    while (ageMs < 1_500) {
      await sleep(50);
      ageMs = Date.now() - Number((await call(url, 'eth_getBlockByNumber', 'latest', false)).extraData);
    }
    const sentMs = performance.now();
    const hash = await call(url, 'eth_sendTransaction', { from, to: from, value: '0x1' });
    while ((await call(url, 'eth_getTransactionReceipt', hash)) === null) await sleep(5);
    latencies.push(performance.now() - sentMs);
  }
  return latencies.sort((one, other) => one - other)[2];
}

async function call(url, method, ...params) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const { result, error } = await answer.json();
  if (error) throw new Error(`${method}: ${error.message}`);
  return result;
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
