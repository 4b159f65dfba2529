// anvil (Foundry's node, native code) as another side: the same signed transactions in one block, or the same eth_call.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { bytesToHex, keccak256Hex } from '@heddle/primitives';
import { freePort, temporaryDirectory, waitFor } from '@heddle/testkit';

/** A clock tick of /proc, ms. */
const TICK_MS = 10;
/** A round is over after so many times its length: most of it goes into handing transactions over. */
const PATIENCE = 5;
const START = { timeoutMs: 60_000, everyMs: 50 };
const REQUEST_TIMEOUT_MS = 600_000;

/** How this side is named in results. */
export const ANVIL_CONFIGURATION =
  '@foundry-rs/anvil 1.7.1 --no-mining --order fifo: wall time and processor time of evm_mine, or of eth_call';

/** Starts anvil on the state of the workload. */
export async function startAnvilSide({ workload }) {
  const folder = temporaryDirectory('bench-anvil');
  const port = await freePort();
  const child = spawn(anvilProgram(), await flags(workload, folder.path, port), {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const url = `http://127.0.0.1:${port}`;
  const ask = (method, ...params) => request(url, method, params);
  await waitFor(() => child.exitCode !== null || ask('web3_clientVersion'), { what: 'anvil to answer', ...START });
  if (child.exitCode !== null) throw new Error(`anvil did not start: ${said.trim()}`);
  const usedMs = () => cpuMsOf(child.pid);
  const work = workload.kind === 'call' ? callWork(workload, ask, usedMs) : await blockWork(workload, ask, usedMs);
  return {
    async start() {
      const made = await work();
      return { proof: made.proof, runMs: made.blockMs ?? made.executionMs };
    },
    round: ({ minimumMs }) => round(work, minimumMs),
    async end() {
      const { proof } = await work();
      const residentBytes = residentBytesOf(child.pid);
      await stop(child);
      folder.remove();
      return { residentBytes, proof };
    },
    async kill() {
      await stop(child);
      folder.remove();
    },
  };
}

async function flags({ rules, environment, alloc }, folder, port) {
  const genesis = join(folder, 'genesis.json');
  writeFileSync(genesis, JSON.stringify(genesisOf({ rules, environment, alloc })));
  return [
    ...['--init', genesis, '--port', String(port), '--chain-id', String(rules.chainId), '--hardfork', rules.fork],
    ...['--no-mining', '--order', 'fifo', '--accounts', '0', '--no-request-size-limit', '--disable-console-log'],
    ...['--gas-limit', String(environment.gasLimit), '--disable-min-priority-fee', '--disable-pool-balance-checks'],
    ...(rules.transactionGasCap === undefined ? [] : ['--enable-tx-gas-limit']), // EIP-7825
  ];
}

function genesisOf({ rules, environment, alloc }) {
  const { gasLimit, baseFeePerGas, timestamp, beneficiary } = environment;
  const hex = (value) => `0x${value.toString(16)}`;
  const accounts = alloc.map(({ address, balance, nonce, code, storage }) => {
    return [
      address,
      { balance: hex(balance), nonce: hex(nonce), code: bytesToHex(code), storage: Object.fromEntries(storage) },
    ];
  });
  return {
    config: { chainId: rules.chainId },
    ...{ coinbase: beneficiary, difficulty: '0x0', extraData: '0x', nonce: '0x0', mixHash: `0x${'00'.repeat(32)}` },
    ...{ gasLimit: hex(gasLimit), baseFeePerGas: hex(baseFeePerGas), timestamp: hex(timestamp - 12) },
    alloc: Object.fromEntries(accounts),
  };
}

function callWork({ message }, ask, usedMs) {
  const { from, to, data, gasLimit } = message;
  const params = { from, to, data: bytesToHex(data), gas: `0x${gasLimit.toString(16)}` };
  return async () => {
    const before = usedMs();
    const startedMs = performance.now();
    const returned = await ask('eth_call', params, 'latest');
    const executionMs = performance.now() - startedMs;
    return {
      executionMs,
      cpuMs: usedMs() - before,
      proof: { returned: keccak256Hex(Buffer.from(returned.slice(2), 'hex')) },
    };
  };
}

/** Mines the block again and again on the same state. */
async function blockWork({ transactions, environment }, ask, usedMs) {
  const { beneficiary, baseFeePerGas, timestamp } = environment;
  await ask('anvil_setCoinbase', beneficiary);
  let snapshot = await ask('evm_snapshot');
  return async () => {
    if (!(await ask('evm_revert', snapshot))) throw new Error('anvil did not go back to its snapshot');
    snapshot = await ask('evm_snapshot');
    await ask('anvil_setNextBlockBaseFeePerGas', `0x${baseFeePerGas.toString(16)}`);
    await ask('evm_setNextBlockTimestamp', timestamp);
    await handOver(ask, transactions);
    const before = usedMs();
    const startedMs = performance.now();
    await ask('evm_mine');
    const blockMs = performance.now() - startedMs;
    const cpuMs = usedMs() - before;
    const block = await ask('eth_getBlockByNumber', 'latest', false);
    assertSameOrder(block.transactions, transactions);
    return { blockMs, cpuMs, proof: { gasUsed: Number(block.gasUsed), receiptsRoot: block.receiptsRoot } };
  };
}

/** One after the other: of a batch, anvil works at several at once, and takes them in the order in which it is done. */
async function handOver(ask, transactions) {
  for (const { raw } of transactions) await ask('eth_sendRawTransaction', bytesToHex(raw));
}

function assertSameOrder(hashes, transactions) {
  if (hashes.length !== transactions.length) {
    throw new Error(`anvil took ${hashes.length} of ${transactions.length} transactions`);
  }
  const moved = transactions.findIndex(({ raw }, index) => keccak256Hex(raw) !== hashes[index]);
  if (moved >= 0) throw new Error(`anvil took another transaction than number ${moved} in its place`);
}

async function round(work, minimumMs) {
  const runs = [];
  const startedMs = performance.now();
  let measuredMs = 0;
  do {
    const made = await work();
    measuredMs += made.blockMs ?? made.executionMs;
    runs.push(made);
  } while (measuredMs < minimumMs && performance.now() - startedMs < PATIENCE * minimumMs);
  const least = (key) => (runs[0][key] === undefined ? undefined : Math.min(...runs.map((run) => run[key])));
  return {
    runs: runs.length,
    executionMs: least('executionMs'),
    blockMs: least('blockMs'),
    cpuMs: runs.reduce((sum, run) => sum + run.cpuMs, 0),
  };
}

async function request(url, method, params) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  const { result, error } = await response.json();
  if (error) throw new Error(`anvil: ${method}: ${error.message}`);
  return result;
}

/** The native program itself: a launcher around it would have the process id. */
function anvilProgram() {
  const root = createRequire(new URL('../../../../package.json', import.meta.url));
  const inAnvil = createRequire(root.resolve('@foundry-rs/anvil/package.json'));
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  return inAnvil.resolve(`@foundry-rs/anvil-${process.platform}-${arch}/bin/anvil`);
}

/** Processor time of all threads of a process. */
function cpuMsOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function residentBytesOf(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1_024;
}

function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  return ended;
}
