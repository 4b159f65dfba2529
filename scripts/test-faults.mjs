#!/usr/bin/env node
// Runs the fault catalogue on real processes (docs/fault-catalogue.md) and ends with a table: case, figure, limit, verdict.
//
//   npm run test:faults -- [--case 5,8] [--json FILE] [--quick]
//
// Exit code 1 when any verdict failed. Timing limits assume a machine that does nothing else.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runNode } from './run-command.mjs';

const ROOT = join(import.meta.dirname, '..');
/** The whole catalogue with every wait in vain; a run takes a third of it. */
const LIMIT_MS = 120 * 60_000;
/** A machine that is busy before the first case makes times mean little. */
const QUIET_LOAD = 0.5;

await main();

async function main() {
  const { values, problem } = readFlags();
  if (problem) {
    console.error(`heddle: ${problem}; use --case 5,8 --json FILE --quick`);
    process.exit(1);
  }
  const json = values.json === undefined ? undefined : resolve(values.json);
  process.chdir(ROOT);
  if (!process.stdout.isTTY) process.env.NO_COLOR = '1';
  const built = await runNode(join('scripts', 'build.mjs'), [], { show: true, timeoutMs: LIMIT_MS });
  if (built.code !== 0) process.exit(1);
  const [load = 0] = loadavg();
  if (load > QUIET_LOAD) console.error(`heddle: the machine is busy (load ${load.toFixed(1)}): times may miss limits`);
  const folder = mkdtempSync(join(tmpdir(), 'heddle-faults-'));
  const table = join(folder, 'table.txt');
  process.env.HEDDLE_FAULTS_CASES = values.case ?? '';
  process.env.HEDDLE_FAULTS_SCALE = values.quick ? 'quick' : 'full';
  process.env.HEDDLE_FAULTS_JSON = json ?? '';
  process.env.HEDDLE_FAULTS_TABLE = table;
  const args = ['run', '--config', 'vitest.ci.config.ts', '--project', 'faults', '--reporter=dot'];
  const { code, timedOut } = await runNode(join('node_modules', 'vitest', 'vitest.mjs'), args, {
    show: true,
    timeoutMs: LIMIT_MS,
  });
  if (timedOut) console.error(`heddle: not done after ${LIMIT_MS / 60_000} minutes, ended`);
  if (existsSync(table)) console.log(`\n${readFileSync(table, 'utf8')}`);
  rmSync(folder, { recursive: true, force: true });
  process.exit(code === 0 && !timedOut ? 0 : 1);
}

function readFlags() {
  try {
    const options = { case: { type: 'string' }, json: { type: 'string' }, quick: { type: 'boolean' } };
    const { values } = parseArgs({ options });
    const isList = values.case === undefined || /^\d+(,\d+)*$/.test(values.case);
    return { values, problem: isList ? undefined : `--case ${values.case} is not a list of numbers` };
  } catch (error) {
    return { values: {}, problem: error.message };
  }
}
