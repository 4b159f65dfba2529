#!/usr/bin/env node
// Runs one suite: `unit` (npm test), `ci` (the longer ones) or `nightly` (everything, with more cases), and ends with a
// line `N passed, N failed, N skipped` that counts every test and every check; before it, a line `failed: …` for each
// that failed. HEDDLE_SUITE tells tests how many cases to run; HEDDLE_NO_SKIP=1 turns a skip (no container engine, package
// registry or official data) into a failure.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { runNode } from './run-command.mjs';

const ROOT = join(import.meta.dirname, '..');
const MINUTE_MS = 60_000;
const UNIT = vitest('vitest.config.ts');
/** What starts devnets has the machine to itself. */
const PROCESSES = vitest('vitest.ci.config.ts', 'processes');
const SIMULATOR = vitest('vitest.ci.config.ts', 'simulator'); // on all processors
/** Conformance needs processors, compose and the tarball mostly wait. */
const CONFORMANCE = beside(
  vitest('vitest.ci.config.ts', 'conformance'),
  inTurn(script('compose', 'test-compose.mjs'), script('tarball', 'test-pack.mjs')),
);
/** What each suite runs, and after how long a hung step is ended. By night the shorter steps come first, so do failures. */
const SUITES = {
  unit: { steps: [typeCheck, lint, UNIT], limitMs: 15 * MINUTE_MS },
  ci: { steps: [CONFORMANCE, SIMULATOR, PROCESSES], limitMs: 30 * MINUTE_MS },
  nightly: { steps: [typeCheck, lint, UNIT, PROCESSES, SIMULATOR, CONFORMANCE], limitMs: 240 * MINUTE_MS },
};
/** A script ends with this where it lacks something of this machine: a container engine, a package registry. */
const EXIT_SKIPPED = 77;

await main(process.argv[2]);

async function main(name) {
  const suite = SUITES[name];
  if (!suite) {
    console.error(`heddle: no suite is called ${name}; use ${Object.keys(SUITES).join(', ')}`);
    process.exit(1);
  }
  process.chdir(ROOT);
  process.env.HEDDLE_SUITE = name;
  if (!process.stdout.isTTY) process.env.NO_COLOR = '1';
  const total = noCounts();
  if (name !== 'unit') add(total, await check('build', join('scripts', 'build.mjs'), [], suite)); // npm test builds before
  for (const step of total.failed > 0 ? [] : suite.steps) add(total, await step(suite));
  console.log(['', ...total.failures.map((what) => `failed: ${what}`)].join('\n'));
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  process.exit(total.failed > 0 ? 1 : 0);
}

function typeCheck(suite) {
  return check(
    'types of the tests',
    join('node_modules', 'typescript', 'bin', 'tsc'),
    ['-p', 'tsconfig.tests.json'],
    suite,
  );
}

function lint(suite) {
  const colours = process.stdout.isTTY ? 'force' : 'off';
  const args = ['ci', '--error-on-warnings', `--colors=${colours}`, '.'];
  return check('lint', join('node_modules', '@biomejs', 'biome', 'bin', 'biome'), args, suite);
}

async function check(what, script, args, { limitMs }) {
  console.log(`\n── ${what}`);
  const { code, timedOut } = await runNode(script, args, { show: true, timeoutMs: limitMs });
  if (timedOut) console.error(`heddle: ${what}: not done after ${limitMs / MINUTE_MS} minutes, ended`);
  return checked(what, code);
}

/** The counts of a check that ended with this code; `why` is a line that tells of a failure. */
function checked(what, code, why = `ended with ${code}`) {
  console.log(code === 0 ? `${what}: passed` : `${what}: FAILED`);
  return code === 0 ? { ...noCounts(), passed: 1 } : { ...noCounts(), failed: 1, failures: [`${what}: ${why}`] };
}

function vitest(config, project) {
  return async ({ limitMs }) => {
    console.log(`\n── tests (${project ?? config})`);
    const folder = mkdtempSync(join(tmpdir(), 'heddle-tests-'));
    const report = join(folder, 'report.json');
    const only = project === undefined ? [] : ['--project', project];
    const args = [
      'run',
      '--config',
      config,
      ...only,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ];
    const program = join('node_modules', 'vitest', 'vitest.mjs');
    const { code, timedOut } = await runNode(program, args, { show: true, timeoutMs: limitMs });
    if (timedOut) console.error(`heddle: the tests are not done after ${limitMs / MINUTE_MS} minutes, ended`);
    const counts = countTests(report);
    rmSync(folder, { recursive: true, force: true });
    // An error outside every test (a worker that died, a file that does not load) must not pass for success.
    if (code !== 0 && counts.failed === 0) fail(counts, `tests (${project ?? config}): ended with ${code}`);
    return counts;
  };
}

function countTests(report) {
  const counts = noCounts();
  if (!existsSync(report)) return counts;
  for (const { name, status, message, assertionResults } of JSON.parse(readFileSync(report, 'utf8')).testResults) {
    const file = relative(ROOT, name);
    const failedBefore = counts.failed;
    for (const test of assertionResults) {
      if (test.status === 'failed') fail(counts, `${file}: ${test.fullName}: ${firstLine(test.failureMessages[0])}`);
      else counts[test.status === 'passed' ? 'passed' : 'skipped'] += 1;
    }
    if (status === 'failed' && counts.failed === failedBefore) fail(counts, `${file} did not run: ${message}`);
  }
  return counts;
}

function firstLine(text = '') {
  return text.split('\n', 1)[0];
}

/** One check by a script of its own. Its output comes at its end, since another step writes meanwhile. */
function script(what, file) {
  return async ({ limitMs }) => {
    const { code, output } = await runNode(join('scripts', file), [], { timeoutMs: limitMs });
    console.log(`\n── ${what}\n${output.trim()}`);
    if (code === EXIT_SKIPPED && process.env.HEDDLE_NO_SKIP !== '1') return { ...noCounts(), skipped: 1 };
    const complaint = output.split('\n').findLast((line) => /^(compose|pack): /.test(line));
    return checked(what, code, complaint);
  };
}

/** Steps one after the other. */
function inTurn(...steps) {
  return async (suite) => {
    const total = noCounts();
    for (const step of steps) add(total, await step(suite));
    return total;
  };
}

/** Steps that run at the same time. */
function beside(...steps) {
  return async (suite) => {
    const total = noCounts();
    for (const counts of await Promise.all(steps.map((step) => step(suite)))) add(total, counts);
    return total;
  };
}

function noCounts() {
  return { passed: 0, failed: 0, skipped: 0, failures: [] };
}

function fail(counts, what) {
  counts.failed += 1;
  counts.failures.push(what);
}

function add(total, counts) {
  for (const key of ['passed', 'failed', 'skipped']) total[key] += counts[key];
  total.failures.push(...counts.failures);
}
