#!/usr/bin/env node
// Builds the image, brings docker/compose.yaml up under a name of its own, sends a transaction through an RPC node from
// a sibling container, checks that all nodes agree and that SIGTERM ends them cleanly, and takes everything down.
// Exit code 0: passed. 1: failed. 77: no container engine answers.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const EXIT_SKIPPED = 77;
const PROJECT = `heddle-test-${process.pid}`;
const IMAGE = 'heddle:local';
/** Base images: one that cannot be pulled is made where a script for it lies beside the project. */
const BASE_IMAGE = 'node:24-bookworm-slim';
const SERVICES = ['validator-0', 'validator-1', 'validator-2', 'validator-3', 'rpc-0', 'rpc-1'];

startEngine();
if (!succeeds('docker', ['version']) || !succeeds('docker', ['compose', 'version'])) {
  console.error('skipped: no container engine with compose answers; install Docker, then run npm run test:compose');
  process.exit(EXIT_SKIPPED);
}
makeBaseImage();
let code = 1;
try {
  step('building the image', () => run('docker', ['build', '-f', 'docker/Dockerfile', '-t', IMAGE, '.']));
  step('bringing the devnet up', () => compose(['up', '-d', '--wait', ...SERVICES]));
  step('sending through rpc-0 from a sibling container', sendFromSibling);
  step('a killed validator comes back', killOne);
  step('SIGTERM ends every node cleanly', stopCleanly);
  step('a second start goes on with the same chain', goOn);
  code = 0;
} catch (error) {
  console.error(`compose: ${error.message}`);
  console.error(output('docker', [...composeArguments(), 'logs', '--tail', '30']));
} finally {
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
  const network = `${PROJECT}_devnet`;
  const inLoad = ['run', '--rm', '--network', network, '-w', '/heddle/packages/load', '--entrypoint', 'node', IMAGE];
  run('docker', [...inLoad, '--input-type=module', '-e', script]);
}

function killOne() {
  compose(['kill', '-s', 'SIGKILL', 'validator-3']);
  compose(['up', '-d', '--wait', 'validator-3']);
}

function stopCleanly() {
  compose(['stop', '--timeout', '15']);
  for (const service of SERVICES) {
    const id = output('docker', [...composeArguments(), 'ps', '-a', '-q', service]).trim();
    const exit = output('docker', ['inspect', '--format', '{{.State.ExitCode}}', id]).trim();
    if (exit !== '0') throw new Error(`${service} ended with code ${exit} on SIGTERM`);
  }
}

function goOn() {
  compose(['up', '-d', '--wait', ...SERVICES]);
  const ask = `fetch('http://127.0.0.1:8545', { method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_blockNumber', params: [] }) })
    .then((answer) => answer.json()).then(({ result }) => { if (Number(result) < 2) throw new Error('block ' + result); })`;
  compose(['exec', '-T', 'rpc-1', 'node', '-e', ask]);
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

/** Ports that no other devnet of this machine is likely to use. */
function environment() {
  return { ...process.env, HEDDLE_RPC_PORT: '18945', HEDDLE_RPC_PORT_1: '18946' };
}

function run(program, args) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: ROOT, env: environment(), encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`${program} ${args.slice(0, 8).join(' ')} failed:\n${stdout}\n${stderr}`.slice(-6_000));
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

function makeBaseImage() {
  const script = join(ROOT, '../shared/docker/make-base-image.sh');
  if (succeeds('docker', ['image', 'inspect', BASE_IMAGE]) || !existsSync(script)) return;
  spawnSync('bash', [script, BASE_IMAGE], { stdio: 'inherit' });
}
