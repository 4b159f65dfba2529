#!/usr/bin/env node
// Runs Ethereum's official tests as a user runs them, a whole set at a time, and prints how they came out.
//
//   npm run scores                                    every set in every way: hours
//   npm run scores -- --only 'state.*wasm, plainly'   what matches this, of the names that --list prints
//   npm run scores -- --write                         each row into docs/conformance.md as soon as it is there
//
// The tests are read from .fixtures/ (see CONTRIBUTING.md). Ends with 1 when a case failed.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const ROOT = join(import.meta.dirname, '..');
const HEDDLE = join(ROOT, 'packages/node/bin/heddle.js');
const DOCS = join(ROOT, 'docs/conformance.md');
const BEGIN = '<!-- npm run scores -- --write: begin -->';
const END = '<!-- npm run scores -- --write: end -->';
const HEAD = ['| set | way | passed | failed | skipped | minutes | on |', '|---|---|---:|---:|---|---:|---|'];
const FAILURES_SHOWN = 20;

const SETS = [
  { folder: 'state-eest', command: 'statetest', title: '`state_tests` of execution-spec-tests' },
  { folder: 'state-legacy', command: 'statetest', title: '`GeneralStateTests` of ethereum/tests' },
  { folder: 'blockchain-eest', command: 'blocktest', title: '`blockchain_tests` of execution-spec-tests' },
  { folder: 'blockchain-legacy', command: 'blocktest', title: '`BlockchainTests` of ethereum/tests' },
];
const WAYS = [
  { title: 'wasm, plainly', args: ['--engine', 'wasm'] },
  { title: 'wasm, 1 worker', args: ['--engine', 'wasm', '--workers', '1'] },
  { title: 'wasm, 2 workers', args: ['--engine', 'wasm', '--workers', '2'] },
  { title: 'wasm, 4 workers', args: ['--engine', 'wasm', '--workers', '4'] },
  { title: 'ethereumjs, plainly', args: ['--engine', 'ethereumjs'] },
];
const ROWS = SETS.flatMap((set) => WAYS.map((way) => ({ set, way, name: `${set.folder}, ${way.title}` })));

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, list: { type: 'boolean' }, write: { type: 'boolean' } },
});
process.exitCode = await main();

async function main() {
  const wanted = ROWS.filter(({ name }) => new RegExp(options.only ?? '').test(name));
  if (options.list || wanted.length === 0) {
    console.log(ROWS.map(({ name }) => name).join('\n'));
    return options.list ? 0 : 1;
  }
  let failed = 0;
  for (const row of wanted) {
    const folder = join(ROOT, '.fixtures', row.set.folder);
    if (!existsSync(folder)) {
      console.log(`${row.name}: there are no tests in ${folder}`);
      continue;
    }
    const score = await run(row, folder);
    failed += score.failed;
    console.log(lineOf(row, score));
    for (const failure of score.failures) console.log(`  failed: ${failure}`);
    if (options.write) writeRow(row, score);
  }
  return failed === 0 ? 0 : 1;
}

/** Runs one set in one way; the lines of its cases are counted as they come. */
async function run({ set, way }, folder) {
  const startedMs = performance.now();
  const args = [HEDDLE, 'evm', set.command, folder, ...way.args];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', (code) => resolve(code)));
  const skips = new Map();
  const failures = [];
  let summary;
  for await (const line of createInterface({ input: child.stdout })) {
    const told = JSON.parse(line);
    if (told.summary !== undefined) summary = told.summary;
    else if (told.pass === null) skips.set(told.skipped, (skips.get(told.skipped) ?? 0) + 1);
    else if (!told.pass && failures.length < FAILURES_SHOWN) failures.push(`${told.name} (${told.fork})`);
  }
  const code = await ended;
  if (summary === undefined) throw new Error(`heddle ${args.slice(1).join(' ')} ended with ${code} before its summary`);
  return { ...summary, skips, failures, minutes: (performance.now() - startedMs) / 60_000 };
}

function lineOf({ set, way }, { passed, failed, skipped, skips, minutes }) {
  const reasons = [...skips].map(([reason, count]) => `${count}: ${reason}`);
  const skipCell = skipped === 0 ? '0' : `${skipped} (${reasons.join('; ')})`;
  const day = new Date().toISOString().slice(0, 10);
  return `| ${[set.title, way.title, passed, failed, skipCell, Math.ceil(minutes), day].join(' | ')} |`;
}

/** Puts the row in the place of the one before it, in the order of all rows. */
function writeRow(row, score) {
  const text = readFileSync(DOCS, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${DOCS} lacks the markers "${BEGIN}" and "${END}"`);
  const known = text
    .slice(begin + BEGIN.length, end)
    .trim()
    .split('\n');
  const lines = ROWS.map((one) => (one === row ? lineOf(row, score) : known.find((line) => isLineOf(line, one))));
  const table = [...HEAD, ...lines.filter((line) => line !== undefined)].join('\n');
  writeFileSync(DOCS, `${text.slice(0, begin)}${BEGIN}\n${table}\n${text.slice(end)}`);
}

function isLineOf(line, { set, way }) {
  return line.startsWith(`| ${set.title} | ${way.title} |`);
}
