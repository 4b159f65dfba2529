#!/usr/bin/env node
// Measures a devnet that nobody uses: time from the command to its first final block, then memory and processor time of
// all its processes together. Prints one table; the figures in README.md come from here. Linux only (/proc).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMeasuredDevnet, until } from './measured-devnet.mjs';
import { family, memoryOf, processorSeconds } from './processes.mjs';

/** What is measured is a share of time: of this one. */
const MEASURED_MS = 30_000;
/** A chain whose last block is so old makes no blocks but empty ones. */
const QUIET_MS = 1_500;
const TRANSACTIONS = 5;

const folder = mkdtempSync(join(tmpdir(), 'heddle-idle-'));
let devnet;
try {
  const startedMs = performance.now();
  devnet = await startMeasuredDevnet(join(folder, 'data'), process.argv.slice(2));
  const firstBlockMs = performance.now() - startedMs;
  const url = devnet.urls.at(-1);
  await quiet(url);
  const before = processorSeconds(devnet.pid);
  await new Promise((resolve) => setTimeout(resolve, MEASURED_MS));
  const processorShare = (processorSeconds(devnet.pid) - before) / (MEASURED_MS / 1_000);
  const pids = family(devnet.pid);
  const memory = (field) => pids.reduce((sum, pid) => sum + memoryOf(pid, field), 0) / 1024;
  console.log(`processes                        ${pids.length}`);
  console.log(`first final block after          ${(firstBlockMs / 1_000).toFixed(1)} s`);
  console.log(`idle processor time              ${(100 * processorShare).toFixed(1)} % of one core`);
  console.log(`resident memory, shared once     ${memory('Pss').toFixed(0)} MB`);
  console.log(`resident memory, added up        ${memory('Rss').toFixed(0)} MB`);
  console.log(`a quiet chain, sent to final     ${(await quietLatency(url)).toFixed(0)} ms`);
} finally {
  await devnet?.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Waits until no block was made for a while: the first ones, and those behind a transaction, come at full pace. */
function quiet(url) {
  return until('a quiet chain', async () => {
    const { extraData } = await call(url, 'eth_getBlockByNumber', 'latest', false);
    return Date.now() - Number(extraData) >= QUIET_MS;
  });
}

/** The median over some transactions, each sent to a quiet chain: milliseconds to its receipt. */
async function quietLatency(url) {
  const [from] = await call(url, 'eth_accounts');
  const latencies = [];
  for (let round = 0; round < TRANSACTIONS; round++) {
    await quiet(url);
    const sentMs = performance.now();
    const hash = await call(url, 'eth_sendTransaction', { from, to: from, value: '0x1' });
    await until('its receipt', async () => (await call(url, 'eth_getTransactionReceipt', hash)) !== null);
    latencies.push(performance.now() - sentMs);
  }
  return latencies.sort((one, other) => one - other)[TRANSACTIONS >> 1];
}

async function call(url, method, ...params) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const { result, error } = await answer.json();
  if (error) throw new Error(`${method}: ${error.message}`);
  return result;
}
