#!/usr/bin/env node
// How fast a new node takes a chain from one peer. A chain is made in this process, a full node serves it, and another
// one, with nothing, follows until it is at the head; again with the command of another checkout, in turns.
//
//   npm run bench:sync -- [--blocks 300] [--transactions 20] [--runs 3] [--workers 1] [--against ../other-checkout] [--profile folder]
//
// Prints blocks a second from the first answer of the new node until the head, and processor time of both nodes.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { processorSeconds } from './processes.mjs';

const ROOT = resolve(import.meta.dirname, '..');
const PATIENCE_MS = 120_000;

const { values: flags } = parseArgs({
  options: {
    blocks: { type: 'string', default: '300' },
    transactions: { type: 'string', default: '20' },
    runs: { type: 'string', default: '3' },
    workers: { type: 'string', default: '1' },
    against: { type: 'string' },
    profile: { type: 'string' },
  },
});
const [blocks, perBlock, runs] = [flags.blocks, flags.transactions, flags.runs].map(Number);
const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-sync-'));

try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main() {
  const { genesis, database, instanceId } = await makeChain(join(folder, 'chain'));
  console.log(`${blocks} blocks of ${perBlock} transactions`);
  const checkouts = [ROOT, ...(flags.against === undefined ? [] : [resolve(flags.against)])];
  const best = new Map();
  for (let run = 0; run < runs; run++) {
    for (const [index, checkout] of checkouts.entries()) {
      const perSecond = await sync(checkout, { genesis, database, instanceId }, `${run}-${index}`);
      best.set(checkout, Math.max(best.get(checkout) ?? 0, perSecond));
    }
  }
  for (const checkout of checkouts) console.log(`${checkout}: best ${best.get(checkout).toFixed(1)} blocks/s`);
  if (checkouts.length > 1) console.log(`ratio ${(best.get(checkouts[0]) / best.get(checkouts[1])).toFixed(2)}`);
}

/** Follows the chain with `checkout`'s command; the server is always this checkout's. */
async function sync(checkout, chain, life) {
  const { freePorts } = await ours('node', 'supervisor/ports');
  const [serverPort, port] = await freePorts([], 2);
  const serverFolder = join(folder, `server-${life}`);
  const peerId = await makeFullNode(serverFolder, chain, serverPort, []);
  cpSync(chain.database, join(serverFolder, 'database'), { recursive: true });
  const followerFolder = join(folder, `follower-${life}`);
  const peer = { peerId, multiaddr: `/ip4/127.0.0.1/tcp/${serverPort}` };
  await makeFullNode(followerFolder, chain, port, [peer]);
  const server = await startNode(ROOT, serverFolder);
  try {
    const profiling =
      flags.profile && checkout === ROOT ? ['--cpu-prof', '--cpu-prof-dir', resolve(flags.profile)] : [];
    const follower = await startNode(checkout, followerFolder, profiling);
    try {
      const before = processorSeconds(follower.child.pid);
      const served = processorSeconds(server.child.pid);
      const startedMs = performance.now();
      const first = await height(follower.url);
      for (;;) {
        const now = await height(follower.url);
        if (now >= blocks) break;
        if (performance.now() - startedMs > PATIENCE_MS) throw new Error(`at block ${now} after ${PATIENCE_MS} ms`);
        await new Promise((done) => setTimeout(done, 20));
      }
      const seconds = (performance.now() - startedMs) / 1_000;
      const perSecond = (blocks - first) / seconds;
      const used = processorSeconds(follower.child.pid) - before;
      const servedFor = processorSeconds(server.child.pid) - served;
      console.log(
        `${checkout}: ${blocks - first} blocks in ${seconds.toFixed(2)} s, ${perSecond.toFixed(1)} blocks/s; ` +
          `processor: follower ${used.toFixed(2)} s, server ${servedFor.toFixed(2)} s`,
      );
      return perSecond;
    } finally {
      await follower.end();
    }
  } finally {
    await server.end();
  }
}

/** A chain whose blocks hold transfers between prefunded accounts, decided by all four of its validators. */
async function makeChain(datadir) {
  const { openChain } = await ours('node', 'supervisor/open-chain');
  const { openOrCreateStore } = await ours('node', 'execution/open-or-create-store');
  const { createBlockWriter } = await ours('node', 'execution/block-writer');
  const { ExecutionService } = await ours('node', 'execution/execution-service');
  const { readBlockHash } = await ours('node', 'chain/block-records');
  const { packBytes } = await ours('node', 'pool/packed-bytes');
  const { timestampMsOf } = await ours('node', 'execution/child-header');
  const { createExecutor, openStateTrie, PendingWrites } = await ours('executor', 'index');
  const { advanceHeight, decodeValidatorSet, encodeValidatorSet } = await ours('consensus', 'index');
  const { decodeHeader, encodeCommitCertificate, hexToBytes, signDigest, signingDomain, signTransaction, voteDigest } =
    await ours('primitives', 'index');
  const chain = await openChain(datadir, {
    ...{ validators: 4, accounts: 64, blockTime: 0.2, emptyBlockTime: 0.2, seed: 'bench', predeploys: undefined },
    ...{ chainId: undefined, mnemonic: undefined, balanceWei: undefined, gasLimit: undefined },
    ...{ elasticity: undefined, genesis: undefined },
  });
  const { spec, prefunded, settings } = chain;
  const path = join(datadir, 'database');
  const genesis = join(datadir, 'genesis.json');
  const { store, chainTag } = await openOrCreateStore(path, { spec, genesisFile: genesis }, () => undefined);
  const { database, head } = store;
  const pending = new PendingWrites(database);
  const trie = openStateTrie(pending, decodeHeader(head.header).stateRoot);
  const executor = await createExecutor({
    ...{ rules: spec, databasePath: path, database: pending, trie, workers: 1 },
    readBlockHash: (number) => readBlockHash(pending, number),
  });
  const service = new ExecutionService({ spec, executor, store: createBlockWriter({ database, pending, trie, head }) });
  const domain = signingDomain({ chainId: spec.chainId, genesisHash: chainTag, era: 0 });
  const keys = chain.validators.map(({ address, paths }) => {
    const text = readFileSync(paths.keyFile, 'utf8').trim();
    return { address, privateKey: hexToBytes(text.startsWith('0x') ? text : `0x${text}`) };
  });
  const nonces = prefunded.map(() => 0n);
  let turn = 0;
  for (let number = 1; number <= blocks; number++) {
    const raws = [];
    const senders = [];
    for (let index = 0; index < perBlock; index++) {
      const from = turn++ % prefunded.length;
      const unsigned = {
        ...{ type: 2, chainId: BigInt(spec.chainId), nonce: nonces[from]++, gasLimit: 21_000n, value: 1n },
        ...{ maxPriorityFeePerGas: 10n ** 9n, maxFeePerGas: 10n ** 11n, data: new Uint8Array(0), accessList: [] },
        ...{ authorizationList: [], maxFeePerBlobGas: 0n, blobVersionedHashes: [] },
        to: prefunded[(from + 7) % prefunded.length].address,
      };
      raws.push(signTransaction(unsigned, hexToBytes(prefunded[from].privateKey)).raw);
      senders.push(prefunded[from].address);
    }
    const parent = service.head;
    const answer = await service.build({
      parentHash: parent.hash,
      timestampMs: timestampMsOf(decodeHeader(parent.header)) + 200,
      beneficiary: spec.validators[number % 4].feeAddress,
      candidates: { raws: packBytes(raws), senders },
      timeBudgetMs: 10_000,
      cancel: new SharedArrayBuffer(4),
    });
    const { blockId, block } = answer;
    const vote = { kind: 'precommit', height: number, round: 0, blockId };
    const signatures = keys.map(({ address, privateKey }) => {
      return { validator: address, signature: signDigest(voteDigest(domain, vote), privateKey) };
    });
    const certificate = encodeCommitCertificate({ height: number, round: 0, blockId, signatures });
    const validators = parent.nextValidators;
    const nextValidators = encodeValidatorSet(advanceHeight(decodeValidatorSet(validators)));
    await service.commit({ blockId, block, senders, certificate, validators, nextValidators });
  }
  await service.close();
  await store.close();
  return { genesis, database: path, instanceId: settings.instanceId };
}

async function makeFullNode(path, { genesis, instanceId }, port, peers) {
  const { ensureNetworkKey } = await ours('node', 'node-folder/make-node-folder');
  const { nodeFolderPaths } = await ours('node', 'node-folder/node-paths');
  const { writeNodeFile } = await ours('node', 'node-folder/node-file');
  mkdirSync(path, { recursive: true });
  const paths = nodeFolderPaths(path, genesis);
  writeNodeFile(paths.nodeFile, {
    ...{ genesis, instanceId, isValidator: false, blockTime: 0.2, emptyBlockTime: 0.2, heldKeys: [] },
    rpc: { host: '127.0.0.1', port: 0, vhosts: undefined },
    network: { listen: `/ip4/127.0.0.1/tcp/${port}`, announce: [], peers, maxFullNodes: 4 },
    workers: Number(flags.workers),
    log: { level: 'info', format: 'json', toFile: false },
  });
  return ensureNetworkKey(paths).peerId;
}

function startNode(checkout, datadir, nodeFlags = []) {
  const command = join(checkout, 'packages/node/bin/heddle.js');
  const child = spawn(process.execPath, [...nodeFlags, command, 'node', '--datadir', datadir], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '12' },
  });
  const ended = new Promise((done) => child.once('exit', done));
  const end = () => {
    child.kill('SIGTERM');
    return ended;
  };
  return new Promise((done, fail) => {
    let output = '';
    child.stderr.on('data', (chunk) => {
      output += chunk;
      const [url] = /RPC at (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.slice(1) ?? [];
      if (url) done({ child, url, end });
    });
    void ended.then(() => fail(new Error(`the node ended: ${output}`)));
  });
}

async function height(url) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_blockNumber', params: [] });
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return Number((await response.json()).result);
}

function ours(room, module) {
  return import(join(ROOT, 'packages', room, 'dist', `${module}.js`));
}
