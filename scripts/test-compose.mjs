#!/usr/bin/env node
// Builds the image, brings docker/compose.yaml up under a name of its own, sends a transaction through an RPC node from
// a sibling container, kills a validator and an RPC node under a script that goes on through the others, checks that
// all nodes agree, that SIGTERM ends them cleanly and that the same volumes go on with the same chain.
// Exit code 0: passed. 1: failed. 77: no container engine answers.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const EXIT_SKIPPED = 77;
const HOST = hostname()
  .toLowerCase()
  .replaceAll(/[^a-z0-9]/g, '');
/** With the host's name: an engine may serve several, whose processes have the same numbers. */
const PROJECT_PREFIX = `heddle-test-${HOST}-`;
const PROJECT = `${PROJECT_PREFIX}${process.pid}`;
const IMAGE = 'heddle:local';
/** Base images: one that cannot be pulled is made where a script for it lies beside the project. */
const BASE_IMAGE = 'node:24-bookworm-slim';
/** The container of the script that runs while nodes are killed. */
const CLIENT = `${PROJECT}-client`;
const VICTIMS = ['validator-1', 'rpc-0'];
const SERVICES = ['validator-0', 'validator-1', 'validator-2', 'validator-3', 'rpc-0', 'rpc-1'];

startEngine();
if (!succeeds('docker', ['version']) || !succeeds('docker', ['compose', 'version'])) {
  console.error('skipped: no container engine with compose answers; install Docker, then run npm run test:compose');
  process.exit(EXIT_SKIPPED);
}
makeBaseImage();
removeLeftovers();
let code = 1;
/** The head before everything was stopped, as JSON. */
let lastHead = '';
try {
  step('building the image', () => run('docker', ['build', '-f', 'docker/Dockerfile', '-t', IMAGE, '.']));
  step('bringing the devnet up', () => compose(['up', '-d', '--wait', ...SERVICES]));
  step('sending through rpc-0 from a sibling container', sendFromSibling);
  step('starting a script that sends and reads all the time', startClient);
  step('a validator and an RPC node are killed: it goes on through the others', killTwo);
  step('both come back', bringBack);
  step('nothing that it was told was lost', endClient);
  step('SIGTERM ends every node cleanly', stopCleanly);
  step('down and up with the same volumes goes on with the same chain', downAndUp);
  code = 0;
} catch (error) {
  console.error(`\ncompose: ${error.message}`);
  console.error(output('docker', [...composeArguments(), 'logs', '--tail', '30']));
} finally {
  spawnSync('docker', ['rm', '-f', CLIENT]);
  spawnSync('docker', [...composeArguments(), 'down', '-v', '--timeout', '15'], { cwd: ROOT, env: environment() });
}
process.exit(code);

/** A script in the sibling container: deploys, sends, and compares what every node says. */
function sendFromSibling() {
  const script = `
    import { JsonRpcProvider, HDNodeWallet, Mnemonic, ContractFactory, Contract } from 'ethers';
    import { LOAD_TOKEN_ABI, LOAD_TOKEN_INIT_CODE } from '/heddle/packages/load/dist/load-token.js';
    const hosts = ${JSON.stringify(SERVICES)};
    const provider = new JsonRpcProvider('http://rpc-0:8545', undefined, { pollingInterval: 100 });
    const words = 'test test test test test test test test test test test junk';
    const key = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(words), "m/44'/60'/0'/0/0").connect(provider);
    const token = await new ContractFactory(LOAD_TOKEN_ABI, LOAD_TOKEN_INIT_CODE, key).deploy('T', 'T', 1000n);
    await token.waitForDeployment();
    const sent = await token.transfer('0x00000000000000000000000000000000000000a1', 7n);
    const { blockNumber } = await sent.wait();
    const seen = new Set();
    for (const host of hosts) {
      const one = new JsonRpcProvider('http://' + host + ':8545', undefined, { staticNetwork: true });
      const end = Date.now() + 20_000;
      while ((await one.getBlockNumber()) < blockNumber && Date.now() < end) await new Promise((r) => setTimeout(r, 100));
      const block = await one.send('eth_getBlockByNumber', ['0x' + blockNumber.toString(16), false]);
      const held = await new Contract(await token.getAddress(), LOAD_TOKEN_ABI, one).balanceOf('0x00000000000000000000000000000000000000a1');
      seen.add(block.hash + ' ' + block.stateRoot + ' ' + held);
      one.destroy();
    }
    provider.destroy();
    if (seen.size !== 1) throw new Error('the nodes differ: ' + [...seen].join(', '));
    console.log('all ' + hosts.length + ' nodes agree on block ' + blockNumber);`;
  run('docker', ['run', '--rm', ...sibling(), '--input-type=module', '-e', script]);
}

/** Node.js in a container beside the nodes, in a folder where ethers is found. */
function sibling() {
  return ['--network', `${PROJECT}_devnet`, '-w', '/heddle/packages/load', '--entrypoint', 'node', IMAGE];
}

/** Runs scripts/compose-client.mjs beside the nodes until it is stopped. */
function startClient() {
  const script = readFileSync(join(import.meta.dirname, 'compose-client.mjs'), 'utf8');
  run('docker', ['run', '-d', '--init', '--name', CLIENT, ...sibling(), '--input-type=module', '-e', script]);
  awaitConfirmed(3);
}

function killTwo() {
  compose(['kill', '-s', 'SIGKILL', ...VICTIMS]);
  awaitConfirmed(confirmed() + 8);
}

function bringBack() {
  compose(['up', '-d', '--wait', ...VICTIMS]);
  awaitConfirmed(confirmed() + 3);
}

/** It fails itself if a transaction or a balance that it was told of is gone. */
function endClient() {
  run('docker', ['stop', '--time', '30', CLIENT]);
  const { stdout, stderr } = spawnSync('docker', ['logs', CLIENT], { encoding: 'utf8' });
  const exit = output('docker', ['inspect', '--format', '{{.State.ExitCode}}', CLIENT]).trim();
  const summary = stdout.trim().split('\n').at(-1);
  if (exit !== '0') throw new Error(`the script ended with code ${exit}: ${summary}\n${stderr.slice(-1_000)}`);
  process.stdout.write(`${summary} … `);
}

/** How many of its transactions the script knows to be final. */
function confirmed() {
  return (output('docker', ['logs', CLIENT]).match(/^final /gm) ?? []).length;
}

function awaitConfirmed(count) {
  const end = performance.now() + 120_000;
  while (confirmed() < count) {
    const isRunning = output('docker', ['inspect', '--format', '{{.State.Running}}', CLIENT]).trim() === 'true';
    if (!isRunning || performance.now() > end) {
      const { stdout, stderr } = spawnSync('docker', ['logs', '--tail', '20', CLIENT], { encoding: 'utf8' });
      throw new Error(`the script ${isRunning ? 'does not go on' : 'has ended'}:\n${stdout}${stderr}`);
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
}

function stopCleanly() {
  lastHead = askBlock('rpc-0', 'latest');
  compose(['stop', '--timeout', '15']);
  for (const service of SERVICES) {
    const id = output('docker', [...composeArguments(), 'ps', '-a', '-q', service]).trim();
    const exit = output('docker', ['inspect', '--format', '{{.State.ExitCode}}', id]).trim();
    if (exit !== '0') throw new Error(`${service} ended with code ${exit} on SIGTERM`);
    // A node's log goes to standard output; what Node.js itself complains of does not.
    const complaint = spawnSync('docker', ['logs', id], { encoding: 'utf8' }).stderr.match(/^.*(Error|Warning)\b.*$/m);
    if (complaint) throw new Error(`${service} wrote: ${complaint[0]}`);
  }
}

/** Containers and networks are made anew; only the volumes are the same. */
function downAndUp() {
  const before = JSON.parse(lastHead);
  compose(['down', '--timeout', '15']);
  compose(['up', '-d', '--wait', ...SERVICES]);
  for (const service of ['validator-1', 'rpc-0', 'rpc-1']) {
    const { hash } = JSON.parse(askBlock(service, before.number));
    if (hash !== before.hash) throw new Error(`${service}: block ${before.number} is ${hash}, was ${before.hash}`);
  }
}

/** Number and hash of a block as a node's own container tells them. */
function askBlock(service, number) {
  const ask = `fetch('http://127.0.0.1:8545', { method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_getBlockByNumber', params: ['${number}', false] }) })
    .then((answer) => answer.json())
    .then(({ result }) => console.log(JSON.stringify({ number: result?.number, hash: result?.hash })))`;
  return run('docker', [...composeArguments(), 'exec', '-T', service, 'node', '-e', ask]);
}

function step(what, work) {
  const startedMs = performance.now();
  process.stdout.write(`compose: ${what} … `);
  work();
  console.log(`${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
}

function compose(args) {
  run('docker', [...composeArguments(), ...args]);
}

function composeArguments() {
  return ['compose', '-p', PROJECT, '-f', 'docker/compose.yaml'];
}

/** Port 0: the engine publishes on free ones. */
function environment() {
  return { ...process.env, HEDDLE_RPC_PORT: '0', HEDDLE_RPC_PORT_1: '0' };
}

function run(program, args) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: ROOT, env: environment(), encoding: 'utf8' });
  if (status !== 0) {
    const why = stderr?.trim().split('\n').at(-1);
    throw new Error(`${program} ${args.slice(0, 8).join(' ')} failed: ${why}\n${`${stdout}\n${stderr}`.slice(-6_000)}`);
  }
  return stdout;
}

function output(program, args) {
  return spawnSync(program, args, { cwd: ROOT, env: environment(), encoding: 'utf8' }).stdout ?? '';
}

function succeeds(program, args) {
  return spawnSync(program, args, { stdio: 'ignore', timeout: 20_000 }).status === 0;
}

/** Where none answers, an engine may be startable by a script beside the project. */
function startEngine() {
  const script = join(ROOT, '../shared/docker/start-engine.sh');
  if (succeeds('docker', ['version']) || !existsSync(script)) return;
  const { stdout } = spawnSync('bash', [script], { encoding: 'utf8' });
  const host = /^export DOCKER_HOST=(.*)$/m.exec(stdout ?? '')?.[1];
  if (host) process.env.DOCKER_HOST = host;
}

/**
 * Removes what runs of this script left that were killed before their end: their nodes start again with the engine, and
 * take processors and memory. A project is named after its script's process; one whose process lives is left alone.
 */
function removeLeftovers() {
  for (const project of leftProjects()) {
    console.log(`compose: removing ${project}, which a run that was killed left`);
    spawnSync('docker', ['rm', '-f', `${project}-client`]);
    output('docker', ['compose', '-p', project, '-f', 'docker/compose.yaml', 'down', '-v', '--timeout', '1']);
  }
}

function leftProjects() {
  const projects = output('docker', ['ps', '-a', '--format', '{{.Label "com.docker.compose.project"}}']).split('\n');
  return [...new Set(projects)].filter((name) => name === PROJECT || isLeft(name));
}

function isLeft(project) {
  const pid = project.startsWith(PROJECT_PREFIX) ? project.slice(PROJECT_PREFIX.length) : '';
  if (!/^[1-9]\d*$/.test(pid)) return false; // somebody's own
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

function makeBaseImage() {
  const script = join(ROOT, '../shared/docker/make-base-image.sh');
  if (succeeds('docker', ['image', 'inspect', BASE_IMAGE]) || !existsSync(script)) return;
  spawnSync('bash', [script, BASE_IMAGE], { stdio: 'inherit' });
}
