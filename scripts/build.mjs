#!/usr/bin/env node
// Installs, builds the WebAssembly modules, compiles. Each step is left out when its inputs have not changed, so that
// `npm start` on a built tree costs a fraction of a second. Progress goes to standard error, one line a step.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hashInputs, isStamped, stamp } from './input-stamp.mjs';
import { runCommand, runNode } from './run-command.mjs';

const ROOT = join(import.meta.dirname ?? '.', '..');
const PNPM = 'pnpm@12.21.0';
const OLDEST_NODE = [20, 19];
/** Parts of a package that its `build:wasm` script does not read. */
const NOT_WASM_INPUTS = new Set([
  'src',
  'test',
  'test-ci',
  'bench',
  'dist',
  'build',
  'node_modules',
  'tsconfig.tsbuildinfo',
]);

await main();

async function main() {
  checkNode();
  process.chdir(ROOT);
  const packages = readdirSync('packages').filter((name) => existsSync(join('packages', name, 'package.json')));
  await install(packages);
  for (const name of packages) await buildWasm(join('packages', name));
  await compile(packages);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  fail(
    `this is Node ${process.versions.node}; Heddle needs ${OLDEST_NODE.join('.')} or newer`,
    'install a newer Node from https://nodejs.org, then run this again',
  );
}

async function install(packages) {
  const manifests = packages.map((name) => join('packages', name, 'package.json'));
  const inputs = hashInputs(['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests]);
  const mark = join('node_modules', '.heddle-installed');
  if (isStamped(mark, inputs)) return;
  const done = begin('installing packages (about half a minute the first time)');
  const command = ['--yes', PNPM, 'install', '--frozen-lockfile', '--prefer-offline'];
  const { code, output } = await runCommand('npx', command, { env: { ...process.env, CI: 'true' } });
  if (code !== 0) fail('the packages could not be installed', 'check the network and the npm registry', output);
  stamp(mark, inputs);
  done();
}

async function buildWasm(folder) {
  const { scripts = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (!scripts['build:wasm']) return;
  const inputs = readdirSync(folder).filter((name) => !NOT_WASM_INPUTS.has(name) && !name.endsWith('.md'));
  const hash = hashInputs(inputs.sort().map((name) => join(folder, name)));
  const mark = join(folder, 'build', '.stamp');
  if (isStamped(mark, hash)) return;
  const done = begin(`building the WebAssembly modules of ${folder}`);
  stamp(mark, undefined);
  const { code, output } = await runCommand('npm', ['run', '--silent', 'build:wasm'], { cwd: folder });
  if (code !== 0) fail(`${folder}: the WebAssembly modules could not be built`, 'see the compiler above', output);
  stamp(mark, hash);
  done();
}

async function compile(packages) {
  const pending = packages.filter((name) => !existsSync(join('packages', name, 'dist')));
  // The compiler trusts its own record and would not notice that the output is gone.
  for (const name of pending) rmSync(join('packages', name, 'tsconfig.tsbuildinfo'), { force: true });
  const done = pending.length > 0 ? begin('compiling') : () => undefined;
  const { code, output } = await runNode(join('node_modules', 'typescript', 'bin', 'tsc'), ['-b']);
  if (code !== 0) fail('the sources do not compile', 'see the compiler above', output);
  const { bundleLibraries } = await import('./bundle.mjs'); // its bundler is there once packages are installed
  await bundleLibraries();
  done();
}

/** Says that a step begins; every ten seconds that it still runs; and, called, that it is done. */
function begin(step) {
  const start = performance.now();
  const seconds = () => `${((performance.now() - start) / 1_000).toFixed(0)} s`;
  console.error(`heddle: ${step} …`);
  const beat = setInterval(() => console.error(`heddle: still ${step.replace(/ \(.*/, '')}, ${seconds()}`), 10_000);
  return () => {
    clearInterval(beat);
    console.error(`heddle: done in ${seconds()}`);
  };
}

function fail(what, remedy, output = '') {
  if (output.trim()) console.error(output.trim());
  console.error(`heddle: ${what}; ${remedy}`);
  process.exit(1);
}
