#!/usr/bin/env node
// Measures a devnet that nobody uses: time from the command to its first final block, then memory and processor time of
// all its processes together. Prints one table; the figures in README.md come from here. Linux only (/proc).
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const COMMAND = join(import.meta.dirname, '../packages/node/bin/heddle.js');
const QUIET_MS = 30_000;
const MEASURED_MS = 30_000;
/** Clock ticks a second in /proc: 100 on every Linux that Node supports. */
const TICKS = 100;

const folder = mkdtempSync(join(tmpdir(), 'heddle-idle-'));
const startedMs = performance.now();
const args = [COMMAND, 'devnet', '--datadir', join(folder, 'data'), '--port', '0', ...process.argv.slice(2)];
const devnet = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
try {
  await lineOf(devnet, /^block \d+/);
  const firstBlockMs = performance.now() - startedMs;
  await sleep(QUIET_MS); // the first twelve blocks come at full pace
  const before = ticks(devnet.pid);
  await sleep(MEASURED_MS);
  const processorShare = (ticks(devnet.pid) - before) / TICKS / (MEASURED_MS / 1_000);
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

/** The process and its descendants. */
function family(root) {
  const parentOf = new Map();
  for (const name of readdirSync('/proc')) if (/^\d+$/.test(name)) parentOf.set(Number(name), stat(name)?.parent);
  const isOurs = (pid) => pid === root || (parentOf.has(pid) && isOurs(parentOf.get(pid)));
  return [...parentOf.keys()].filter(isOurs);
}

function ticks(root) {
  return family(root).reduce((sum, pid) => sum + (stat(pid)?.ticks ?? 0), 0);
}

function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined; // it has ended
  }
}

/** KiB. */
function memoryOf(pid, field) {
  const found = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  return Number(found?.[1] ?? 0);
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
