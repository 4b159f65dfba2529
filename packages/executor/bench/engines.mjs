#!/usr/bin/env node
// `npm run bench`: what execution is worth, workload by workload, engine by engine, with any number of workers, against
// stock @ethereumjs/vm and, with --vs anvil, against Foundry's node. docs/benchmarks.md says what is measured.
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { catalogue } from './engines/catalogue.mjs';
import { measure } from './engines/measure.mjs';
import { rowsOf } from './engines/rows.mjs';
import { CONFIGURATIONS, nameOf, sidesOf } from './engines/sides.mjs';
import { STOCK_CONFIGURATION } from './engines/stock-side.mjs';
import { lines, shareOfTwo, writeTable } from './engines/table.mjs';
import { twoThreads } from './engines/two-threads.mjs';

const FULL = { rounds: 10, minimumMs: 1_000 };
const QUICK = { rounds: 2, minimumMs: 50 };
const DOCS = join(import.meta.dirname, '../../../docs/benchmarks.md');
const HELP = `npm run bench -- [--only REGEX] [--vs anvil] [--quick] [--rounds N] [--json FILE] [--write] [--list]

  --only REGEX  rows whose name ("workload engine workers") matches
  --vs anvil    the same loads through anvil, in the same rounds
  --quick       small workloads and few short rounds: for a look
  --rounds N    how many rounds (10, --quick 2)
  --json FILE   the results, in the form of docs/schemas/bench.schema.json
  --write       the results into docs/benchmarks.md
  --list        names of rows, nothing is run`;

const FLAGS = {
  only: { type: 'string', default: '' },
  vs: { type: 'string' },
  json: { type: 'string' },
  rounds: { type: 'string' },
  ...{ quick: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
  ...{ list: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
};

const options = attempt(() => parseArgs({ options: FLAGS }).values, 'see npm run bench -- --help');
const pattern = options && attempt(() => new RegExp(options.only), 'give --only a regular expression');
if (pattern !== undefined) await act();

async function act() {
  const { only, vs, rounds = '1' } = options;
  if (options.help) return console.log(HELP);
  if (vs !== undefined && vs !== 'anvil') return fail(`--vs ${vs}: anvil is what there is`);
  if (!/^[1-9]\d{0,2}$/.test(rounds)) return fail(`--rounds ${rounds}: give a number from 1 to 999`);
  if (chosen().length === 0) return fail(`--only ${only}: no row has such a name; see --list`);
  if (!options.list) return main();
  for (const { name, sides } of chosen()) for (const side of sides) console.log(nameOf(name, side));
}

async function main() {
  const { rounds: usual, minimumMs } = options.quick ? QUICK : FULL;
  const rounds = Number(options.rounds ?? usual);
  const results = {
    ...{ date: new Date().toISOString().slice(0, 10), machine: machine(), loadAverage: loadAverage() },
    ...{ isQuick: options.quick, rounds, roundMs: minimumMs },
    configurations: { stock: STOCK_CONFIGURATION, ...(options.vs === 'anvil' && CONFIGURATIONS) },
    twoThreads: [await twoThreads()],
    lifted: [],
    rows: [],
    failures: [],
  };
  console.log(`${results.machine}; load average ${results.loadAverage.join(', ')}`);
  console.log(shareOfTwo(results.twoThreads));
  if (options.quick) console.log('quick: small workloads, few short rounds; the ratios say little');
  for (const [side, how] of Object.entries(results.configurations)) console.log(`${side}: ${how}`);
  for (const { name, make, sides } of chosen()) {
    const workload = await make().catch((error) => {
      results.failures.push({ name, reason: error.message });
      console.error(`  failed: ${name}: ${error.message}`);
    });
    if (workload === undefined) continue;
    const { measured, failures } = await measure(workload, sides, { rounds, minimumMs });
    const rows = rowsOf(workload, measured);
    if (rows.length > 0) console.log(lines(rows, { withHead: results.rows.length === 0 }));
    for (const limit of workload.lifted.filter((one) => !results.lifted.includes(one))) {
      console.log(`  lifted on all sides: ${limit}`);
      results.lifted.push(limit);
    }
    for (const { name, reason } of failures) console.error(`  failed: ${name}: ${reason}`);
    results.rows.push(...rows);
    results.failures.push(...failures);
    writeJson(results); // the whole takes an hour, and may be cut short
  }
  results.twoThreads.push(await twoThreads());
  console.log(shareOfTwo(results.twoThreads));
  writeJson(results);
  if (options.write) writeTable(DOCS, results);
  if (results.failures.length > 0) process.exitCode = 1;
}

function writeJson(results) {
  if (options.json) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
}

/** Workloads with the sides that were asked for. */
function chosen() {
  return catalogue({ isQuick: options.quick })
    .map(({ name, kind, make }) => {
      return { name, make, sides: sidesOf(kind, options).filter((side) => pattern.test(nameOf(name, side))) };
    })
    .filter(({ sides }) => sides.length > 0);
}

function machine() {
  const [first] = cpus();
  return `${cpus().length} x ${first?.model ?? 'unknown'}, Node ${process.versions.node}, ${process.platform} ${process.arch}`;
}

function loadAverage() {
  return loadavg().map((load) => Number(load.toFixed(2)));
}

/** What `read` makes of the flags; undefined, and a line that says why, where it does not like them. */
function attempt(read, remedy) {
  try {
    return read();
  } catch ({ message }) {
    fail(`${message}; ${remedy}`);
  }
}

function fail(message) {
  console.error(`bench: ${message}`);
  process.exitCode = 1;
}
