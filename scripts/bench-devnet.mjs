#!/usr/bin/env node
// A devnet of four validators under the same load, once with each engine, in turns on chains of their own: throughput,
// latency, processor time a transaction, and what of a block's time goes where. Linux only (/proc). docs/benchmarks.md.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { COMMAND, startMeasuredDevnet } from './measured-devnet.mjs';
import { processorSeconds } from './processes.mjs';

const HELP = `npm run bench:devnet -- [--engines wasm,ethereumjs] [--scenario erc20] [--rate 100] [--duration 20] [--rounds 2] [-- FLAGS]

  --engines LIST   in turns
  --scenario NAME  of heddle load: transfer, erc20, hot
  --rate TPS       offered transactions a second
  --duration S     of each load
  --rounds N       loads of each engine, each on a new chain
  -- FLAGS         of heddle devnet, besides --elasticity 1`;
/** Where a validator's block goes, as its metrics count: what a label below stands for. */
const PHASES = { execution: 'transactions', roots: 'roots', encoding: 'encoding', flushing: 'disk' };

const { values: options, positionals: flags } = parseArgs({
  allowPositionals: true,
  options: {
    engines: { type: 'string', default: 'wasm,ethereumjs' },
    scenario: { type: 'string', default: 'erc20' },
    rate: { type: 'string', default: '100' },
    duration: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '2' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) console.log(HELP);
else
  await main().catch((error) => {
    console.error(`bench-devnet: ${error.message}`);
    process.exitCode = 1;
  });

async function main() {
  console.log(`${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`);
  console.log(`${options.rate} tx/s of ${options.scenario} for ${options.duration} s, by four validators`);
  const engines = options.engines.split(',');
  const rows = [];
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const engine of engines) {
      const row = { engine, ...(await measure(engine)) };
      rows.push(row);
      console.log(
        `${engine}: ${row.finalizedTps.toFixed(0)} tx/s final, latency ${row.p50Ms} ms (95 %: ${row.p95Ms} ms), ${row.cpuMs.toFixed(2)} ms of processor a transaction; ${row.blocks} blocks, ${Math.round(100 * row.fullness)} % full, each ${phases(row)}`,
      );
    }
  }
  for (const engine of engines.slice(1)) {
    const ratio = (field) => (least(rows, engine, field) / least(rows, engines[0], field)).toFixed(2);
    console.log(
      `${engine} against ${engines[0]}: processor ${ratio('cpuMs')} x, latency ${ratio('p50Ms')} x, transactions of a block ${ratio('execution')} x`,
    );
  }
}

/** One load on a new devnet with `engine`; everything it started has ended when this resolves. */
async function measure(engine) {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-devnet-'));
  let devnet;
  try {
    devnet = await startMeasuredDevnet(join(folder, 'data'), ['--engine', engine, '--elasticity', '1', ...flags]);
    const { urls } = devnet;
    const before = { seconds: processorSeconds(devnet.pid), phases: await phaseSeconds(urls) };
    const load = await runLoad(urls, join(folder, 'load.json'));
    const after = { seconds: processorSeconds(devnet.pid), phases: await phaseSeconds(urls) };
    const perBlock = Object.keys(PHASES).map((phase) => [
      phase,
      (1_000 * (after.phases[phase] - before.phases[phase])) / load.blocks / urls.length,
    ]);
    return {
      ...{ finalizedTps: load.finalizedTps, blocks: load.blocks, fullness: load.fullness },
      ...{ p50Ms: load.latencyMs.p50, p95Ms: load.latencyMs.p95 },
      cpuMs: (1_000 * (after.seconds - before.seconds)) / load.included,
      ...Object.fromEntries(perBlock),
    };
  } finally {
    await devnet?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runLoad(urls, file) {
  const { scenario, rate, duration } = options;
  const args = [
    'load',
    '--scenario',
    scenario,
    '--rate',
    rate,
    '--duration',
    duration,
    '--json',
    file,
    '--url',
    ...urls,
  ];
  const load = spawn(process.execPath, [COMMAND, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise((done) => load.once('exit', done));
  if (code !== 0) throw new Error(`the load ended with code ${code}`);
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Seconds that all validators have spent in each phase of their blocks. */
async function phaseSeconds(urls) {
  const sums = Object.fromEntries(Object.keys(PHASES).map((phase) => [phase, 0]));
  for (const url of urls) {
    const text = await (await fetch(new URL('/metrics', url))).text();
    for (const phase of Object.keys(PHASES)) {
      const found = new RegExp(`^heddle_executor_${phase}_seconds_total(?:\\{.*\\})? (\\S+)`, 'm').exec(text);
      if (!found) throw new Error(`${url}/metrics does not tell ${phase}`);
      sums[phase] += Number(found[1]);
    }
  }
  return sums;
}

function phases(row) {
  const total = Object.keys(PHASES).reduce((sum, phase) => sum + row[phase], 0);
  const parts = Object.entries(PHASES).map(
    ([phase, name]) => `${name} ${row[phase].toFixed(1)} ms (${Math.round((100 * row[phase]) / total)} %)`,
  );
  return parts.join(', ');
}

function least(rows, engine, field) {
  return Math.min(...rows.filter((row) => row.engine === engine).map((row) => row[field]));
}
