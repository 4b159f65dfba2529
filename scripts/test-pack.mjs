#!/usr/bin/env node
// Packs heddle-VERSION.tgz and uses it as a stranger does: npx in an empty folder, with Node and npm alone. Checks what is
// installed, runs a devnet, sends a transaction, puts a load on it, and ends it with Ctrl-C.
// Exit code 0: passed. 1: failed. 77: neither npm's cache nor a registry has the dependencies.
import { spawn, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runNode } from './run-command.mjs';

const ROOT = join(import.meta.dirname, '..');
const EXIT_SKIPPED = 77;
const INSTALLED_MAX_MB = 130;
/** npm's error codes where there is no way to the registry. */
const OFFLINE = /ENOTCACHED|EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|ENETUNREACH/;
const LIMITS_MS = { install: 180_000, start: 90_000, transaction: 60_000, end: 40_000 };
/** The first of anvil's accounts; every Heddle devnet funds it. */
const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';

const work = mkdtempSync(join(tmpdir(), 'heddle pack ')); // with spaces, on purpose
const folder = join(work, 'an empty folder');
const { version, engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const tarball = `./heddle-${version}.tgz`;
let devnet;
let code = 1;
try {
  await step('packing', pack);
  if (await step('installing it with npx', install)) {
    await step('what is installed', checkInstalled);
    await step('an old Node is told so', checkOldNode);
    await step('npx devnet', start);
    await step('a transaction, and all validators agree', sendTransaction);
    await step('heddle load', load);
    await step('Ctrl-C ends everything', end);
    code = 0;
  } else {
    console.error('skipped: no npm registry answers and its cache lacks packages; connect, then run npm run test:pack');
    code = EXIT_SKIPPED;
  }
} catch (error) {
  console.error(`\npack: ${error.message}${devnet ? `\n${devnet.output().slice(-3_000)}` : ''}`);
} finally {
  devnet?.killGroup('SIGKILL');
  rmSync(work, { recursive: true, force: true, maxRetries: 5 });
}
process.exit(code);

async function pack() {
  mkdirSync(folder);
  const { code, output } = await runNode(join(ROOT, 'scripts', 'pack.mjs'), ['--out', folder]);
  expect(code === 0, output);
  expect(readdirSync(folder).join() === basename(tarball), `pack wrote ${readdirSync(folder).join(', ')}`);
}

/** True when installed, false when there is no way to the packages. What npx installs goes with this test's folder. */
async function install() {
  const cache = join(work, 'npm cache');
  mkdirSync(cache);
  const usual = join(spawnSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).stdout.trim(), '_cacache');
  mkdirSync(usual, { recursive: true });
  symlinkSync(usual, join(cache, '_cacache'), 'junction');
  process.env.npm_config_cache = cache;
  const { status, stdout, stderr } = npx(['--version'], LIMITS_MS.install);
  if (status !== 0 && OFFLINE.test(stderr)) return false;
  expect(status === 0 && stdout.trim() === version, `heddle --version says ${stdout}${stderr}`);
  return true;
}

function checkInstalled() {
  const modules = installedModules();
  const files = readdirSync(modules, { recursive: true, withFileTypes: true });
  const sizes = files.map((file) => (file.isFile() ? statSync(join(file.parentPath ?? file.path, file.name)).size : 0));
  const megabytes = sizes.reduce((sum, size) => sum + size, 0) / 1e6;
  expect(megabytes <= INSTALLED_MAX_MB, `${megabytes.toFixed(0)} MB installed, at most ${INSTALLED_MAX_MB} expected`);
  const places = files.filter(
    ({ name, parentPath, path }) => name === 'interface' && /@libp2p$/.test(parentPath ?? path),
  );
  expect(places.length <= 1, `${places.length} copies of @libp2p/interface`);
  const licences = readFileSync(join(modules, 'heddle', 'THIRD-PARTY-LICENSES'), 'utf8');
  for (const name of ['libp2p', 'fastify', '@ethereumjs/evm', 'assemblyscript']) {
    expect(licences.includes(`\n${name} `), `THIRD-PARTY-LICENSES leaves out ${name}`);
  }
  return `${megabytes.toFixed(0)} MB, ${places.length} of @libp2p/interface`;
}

/** The command's file under a Node that says it is older; a really old one reads the same lines. */
function checkOldNode() {
  const pretend = join(work, 'old.cjs');
  writeFileSync(pretend, "Object.defineProperty(process.versions, 'node', { value: '18.20.8' });\n");
  const command = join(installedModules(), '.bin', 'heddle');
  const { status, stderr } = spawnSync(process.execPath, ['-r', pretend, command, 'devnet'], { encoding: 'utf8' });
  const oldest = engines.node.replace('>=', '');
  expect(status === 1 && stderr.includes(`Heddle needs ${oldest} or newer`), `an old Node is told: ${stderr}`);
}

/** The literal command of the README, in a process group of its own as a terminal has it. */
async function start() {
  const args = ['--yes', '--prefer-offline', tarball, 'devnet', '--port', '0', '--block-time', '0.5'];
  const child = spawn('npx', args, { cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  let exit;
  child.on('close', (status, signal) => {
    exit = { status, signal };
  });
  const killGroup = (signal) => {
    try {
      return process.kill(-child.pid, signal);
    } catch {
      return false; // nobody is left in it
    }
  };
  devnet = { output: () => output, exit: () => exit, killGroup, urls: [] };
  await until('a block is final', LIMITS_MS.start, () => {
    expect(!exit, `the devnet ended: ${JSON.stringify(exit)}`);
    return /^block \d+ /m.test(output) || /Listening on/.test(output);
  });
  const { validators } = JSON.parse(readFileSync(join(folder, '.heddle', 'devnet.json'), 'utf8'));
  devnet.urls = validators.map(({ rpcUrl }) => rpcUrl);
  expect(devnet.urls.length === 4, `${devnet.urls.length} validators`);
  expect(readdirSync(folder).sort().join() === `.heddle,${basename(tarball)}`, `files: ${readdirSync(folder)}`);
}

async function sendTransaction() {
  const ethers = await import(pathToFileURL(join(installedModules(), 'ethers', 'lib.esm', 'index.js')).href);
  const provider = new ethers.JsonRpcProvider(devnet.urls[0], undefined, { staticNetwork: true, pollingInterval: 100 });
  const wallet = new ethers.Wallet(KEY, provider);
  const sent = await wallet.sendTransaction({ to: '0x00000000000000000000000000000000000000a1', value: 1n });
  const { blockNumber, blockHash } = await sent.wait(1, LIMITS_MS.transaction);
  provider.destroy();
  for (const url of devnet.urls) {
    const hash = await until(`${url} has block ${blockNumber}`, LIMITS_MS.transaction, async () => {
      return (await rpc(url, 'eth_getBlockByNumber', [`0x${blockNumber.toString(16)}`, false]))?.hash;
    });
    expect(hash === blockHash, `${url} has another block ${blockNumber}`);
  }
  return `block ${blockNumber}`;
}

function load() {
  const { status, stdout, stderr } = npx(
    ['load', '--url', devnet.urls[0], '--rate', '10', '--duration', '2'],
    LIMITS_MS.transaction,
  );
  expect(status === 0 && stdout.length > 0, `heddle load: ${stdout}${stderr}`);
}

async function end() {
  devnet.killGroup('SIGINT');
  await until('it has ended', LIMITS_MS.end, () => devnet.exit() !== undefined && !devnet.killGroup(0));
  const { status, signal } = devnet.exit();
  expect(status === 0 || status === 130 || signal === 'SIGINT', `it ended with ${status ?? signal}`);
  for (const url of devnet.urls) expect(!(await answers(url)), `${url} still answers`);
}

function npx(args, timeout) {
  return spawnSync('npx', ['--yes', '--prefer-offline', tarball, ...args], { cwd: folder, encoding: 'utf8', timeout });
}

/** Where npx has installed the tarball: its cache has one such folder, this test's. */
function installedModules() {
  const installs = join(work, 'npm cache', '_npx');
  return join(installs, readdirSync(installs)[0] ?? '', 'node_modules');
}

async function rpc(url, method, params) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return (await answer.json()).result;
}

async function answers(url) {
  try {
    await rpc(url, 'eth_chainId', []);
    return true;
  } catch {
    return false;
  }
}

async function until(what, limitMs, condition) {
  const limit = performance.now() + limitMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > limit) throw new Error(`not within ${limitMs / 1_000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function step(what, work) {
  const startedMs = performance.now();
  process.stdout.write(`pack: ${what} … `);
  const result = await work();
  const note = typeof result === 'string' ? ` (${result})` : '';
  console.log(`${((performance.now() - startedMs) / 1_000).toFixed(1)} s${note}`);
  return result;
}

function expect(condition, message) {
  if (!condition) throw new Error(message);
}
