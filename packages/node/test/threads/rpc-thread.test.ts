import { once } from 'node:events';
import { createServer } from 'node:net';
import { bytesToHex, DEFAULT_ENGINE, decodeTransaction, type Hash, ZERO_HASH } from '@heddle/primitives';
import {
  assemble,
  ETHER,
  initCodeOf,
  type RpcClient,
  rpcClient,
  signedTransaction,
  temporaryDirectory,
  transfer,
  waitFor,
} from '@heddle/testkit';
import { createPublicClient, webSocket } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeLimitsOf } from '../../src/limits/node-limits.ts';
import { unpackBytes } from '../../src/pool/packed-bytes.ts';
import { DEFAULT_POOL_LIMITS } from '../../src/pool/pool-limits.ts';
import { createQueryThreads, type QueryThreads } from '../../src/query/query-threads.ts';
import type { LogLine, MainForRpc } from '../../src/rpc-ports/main-boundary.ts';
import { type Handlers, Transferred } from '../../src/threads/port-rpc.ts';
import { type PoolThread, startPoolThread } from '../../src/threads/start-pool-thread.ts';
import { type RpcThread, type RpcThreadOptions, startRpcThread } from '../../src/threads/start-rpc-thread.ts';
import { ACCOUNTS, createTestStore, FEES, GAS_LIMIT, RULES, type TestStore } from './test-store.ts';

const [alice, bob] = ACCOUNTS as [(typeof ACCOUNTS)[0], (typeof ACCOUNTS)[0]];
const VALIDATORS = [{ address: alice.address, stake: 32n, feeAddress: bob.address }];
const REVERTS = `0x${'d1'.repeat(20)}` as const;
const COUNTER = `0x${'d2'.repeat(20)}` as const;

const folder = temporaryDirectory('rpc-thread');
const logged: LogLine[] = [];
let store: TestStore;
let pool: PoolThread;
let queries: QueryThreads;
let thread: RpcThread;
let client: RpcClient;
let url: string;

/** What the node's main thread does for rpc, over real query threads. */
const main: Handlers<MainForRpc> = {
  requests: {
    peerCount: () => 3,
    syncing: () => undefined,
    parallelism: (number) => (number === 0 ? { number, engine: 'plain' } : undefined),
    joinInfo: () => ({ peers: [] }),
    metrics: () => 'heddle_test_total 1\n',
    startQueryThread: () => {
      const started = queries.start();
      return new Transferred(started, [started.port]);
    },
  },
  notices: { endQueryThread: (id) => queries.end(id), log: (line) => logged.push(line) },
};

function rpcOptions(port: number): RpcThreadOptions {
  return {
    databasePath: store.path,
    listen: { host: '127.0.0.1', port, vhosts: undefined },
    node: {
      chainId: RULES.chainId,
      clientVersion: 'heddle/test',
      instanceId: ZERO_HASH,
      transactionGasCap: RULES.transactionGasCap,
      feeRules: FEES,
      validators: VALIDATORS,
    },
    accounts: [alice.address],
    limits: nodeLimitsOf({}),
  };
}

function startPool() {
  return startPoolThread(
    {
      databasePath: store.path,
      rules: RULES,
      blockGasLimit: GAS_LIMIT,
      fees: FEES,
      limits: DEFAULT_POOL_LIMITS,
      heldKeys: [bytesToHex(alice.privateKey)],
    },
    { requests: {}, notices: { newTransactions: () => undefined, executableChanged: () => undefined } },
  );
}

beforeAll(async () => {
  store = await createTestStore(`${folder.path}/chain`, {
    [REVERTS]: assemble(7, 0, 'MSTORE', 32, 0, 'REVERT'),
    [COUNTER]: assemble(0, 'SLOAD', 1, 'ADD', 'DUP1', 0, 'SSTORE', 0, 'MSTORE', 32, 0, 'LOG0', 'STOP'),
  });
  pool = startPool();
  queries = createQueryThreads(
    { databasePath: store.path, rules: RULES, engine: DEFAULT_ENGINE, limits: nodeLimitsOf({}).query },
    () => undefined,
  );
  thread = startRpcThread(rpcOptions(0), pool.rpcPort, main);
  ({ url } = await thread.rpc.call('listen', undefined));
  client = rpcClient(url);
});

afterAll(async () => {
  await thread.stop();
  await queries.stop();
  await pool.stop();
  await store.close();
  folder.remove();
});

/** Mines `hashes` as the node does: block on disk first, then the notices. */
async function mine(...hashes: Hash[]) {
  const { raws } = await pool.pool.call('resolveTransactions', hashes);
  expect(raws.sizes).toHaveLength(hashes.length);
  const head = await store.addBlock(unpackBytes(raws).map(decodeTransaction));
  thread.rpc.notify('head', head.number);
  pool.pool.notify('head', { number: head.number, hash: head.hash, touched: 'all' });
  return head;
}

describe('the rpc thread', () => {
  it('answers for the node', async () => {
    expect(await client.call('eth_chainId')).toBe('0x7a69');
    expect(await client.call('web3_clientVersion')).toBe('heddle/test');
    expect(await client.call('net_peerCount')).toBe('0x3');
    expect(await client.call('eth_accounts')).toEqual([expect.stringMatching(new RegExp(alice.address, 'i'))]);
    expect(await client.call('heddle_getBlockParallelism', 'latest')).toEqual({ number: 0, engine: 'plain' });
    expect(await client.call('eth_syncing')).toBe(false);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('heddle_test_total 1');
  });

  it('is ready when main says so', async () => {
    expect((await fetch(`${url}/ready`)).status).toBe(503);
    thread.rpc.notify('ready', true);
    await waitFor(async () => (await fetch(`${url}/ready`)).status === 200, { what: 'readiness' });
    thread.rpc.notify('ready', false);
    await waitFor(async () => (await fetch(`${url}/ready`)).status === 503, { what: 'its end' });
  });

  it('has a sent transaction at once in the pending nonce, and by its hash', async () => {
    const { raw, hash } = transfer(bob, alice, ETHER);
    expect(await client.call('eth_sendRawTransaction', bytesToHex(raw))).toBe(hash);
    expect(await client.call('eth_getTransactionCount', bob.address, 'pending')).toBe('0x1');
    expect(await client.call('eth_getTransactionByHash', hash)).toMatchObject({ hash, blockNumber: null });
    expect(await client.call('txpool_status')).toEqual({ pending: '0x1', queued: '0x0' });
    const known = await client.fail('eth_sendRawTransaction', bytesToHex(raw));
    expect(known).toMatchObject({ rpcCode: -32000, message: 'already known' });
  });

  it('answers a whole life: sent with a held key, mined, its receipt, the nonce in latest', async () => {
    const hash = await client.call('eth_sendTransaction', { from: alice.address, to: COUNTER, gas: '0x30d40' });
    const head = await mine(transfer(bob, alice, ETHER).hash, hash);
    const receipt = await client.receipt(hash);
    expect(receipt).toMatchObject({ status: '0x1', blockHash: head.hash, blockNumber: '0x1' });
    expect(receipt.logs).toHaveLength(1);
    expect(await client.call('eth_getTransactionCount', alice.address, 'latest')).toBe('0x1');
    expect(await client.call('eth_getTransactionCount', alice.address, 'pending')).toBe('0x1');
    expect(await client.call('eth_getStorageAt', COUNTER, '0x0', 'latest')).toBe(`0x${'00'.repeat(31)}01`);
    expect(await client.call('eth_getStorageAt', COUNTER, '0x0', '0x0')).toBe(`0x${'00'.repeat(32)}`);
    expect(await client.call('eth_getLogs', { fromBlock: '0x0', toBlock: 'latest' })).toHaveLength(1);
    await waitFor(async () => (await client.call('txpool_status')).pending === '0x0', { what: 'an empty pool' });
  });

  it('runs calls and estimates on query threads, which it has started for it', async () => {
    expect(queries.figures().started).toBeLessThanOrEqual(1); // eth_sendTransaction may have estimated
    const gas = await client.call('eth_estimateGas', { from: alice.address, to: bob.address, value: '0x1' });
    expect(gas).toBe('0x5208');
    expect(await client.call('eth_call', { to: COUNTER }, 'latest')).toBe('0x');
    const reverted = await client.fail('eth_call', { to: REVERTS });
    expect(reverted).toMatchObject({ rpcCode: 3, data: `0x${'00'.repeat(31)}07` });
    const deployment = bytesToHex(initCodeOf(assemble('STOP')));
    expect(BigInt(await client.call('eth_estimateGas', { from: alice.address, data: deployment }))).toBeGreaterThan(
      53_000n,
    );
    expect(queries.figures()).toMatchObject({ running: 1, overdue: 0, died: 0 });
  });

  it('goes on when a query thread is killed', async () => {
    queries.end(queries.figures().started);
    expect(queries.figures().running).toBe(0);
    const answer = await waitFor(() => client.call('eth_call', { to: COUNTER }, 'latest'), { what: 'the next call' });
    expect(answer).toBe('0x');
  });

  it('tells WebSocket subscribers each block once, in order, also when many came at once', async () => {
    const viem = createPublicClient({ transport: webSocket(url.replace('http', 'ws')) });
    const numbers: bigint[] = [];
    const subscription = await viem.transport.subscribe({
      params: ['newHeads'],
      onData: ({ result }) => numbers.push(BigInt(result.number)),
    });
    await mine();
    const from = store.head().number;
    for (let count = 0; count < 4; count++) await store.addBlock();
    thread.rpc.notify('head', from + 4);
    await waitFor(() => numbers.at(-1) === BigInt(from + 4), { what: 'the last block' });
    const first = Number(numbers[0]);
    expect(numbers).toEqual(Array.from({ length: from + 4 - first + 1 }, (_, index) => BigInt(first + index)));
    await subscription.unsubscribe();
    const socket = await viem.transport.getRpcClient();
    socket.close();
  });

  it('refuses a taken port with a clear error, and still ends when it is told to', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const ownPool = startPool();
    const own = startRpcThread(rpcOptions(port), ownPool.rpcPort, main);
    await expect(own.rpc.call('listen', undefined)).rejects.toMatchObject({
      code: 'RPC_PORT_IN_USE',
      message: expect.stringContaining(String(port)),
      remedy: expect.stringContaining('--port'),
    });
    const exit = once(own.worker, 'exit');
    await own.stop();
    expect(await exit).toEqual([0]);
    await ownPool.stop();
    taken.close();
  });

  it('ends cleanly under load', async () => {
    const ownPool = startPool();
    const own = startRpcThread(rpcOptions(0), ownPool.rpcPort, main);
    const listening = await own.rpc.call('listen', undefined);
    const loaded = rpcClient(listening.url);
    const requests = Array.from({ length: 40 }, (_, index) =>
      index % 2 === 0
        ? loaded.call('eth_getBlockByNumber', 'latest', true)
        : loaded.call(
            'eth_sendRawTransactionSync',
            bytesToHex(signedTransaction(ACCOUNTS[2] ?? bob, { nonce: index }).raw),
          ),
    );
    const settled = Promise.allSettled(requests);
    await waitFor(async () => (await ownPool.pool.call('status', undefined)).queued > 0, { what: 'work in progress' });
    const exit = once(own.worker, 'exit');
    await own.stop();
    expect(await exit).toEqual([0]);
    await settled;
    await ownPool.stop();
  });

  it('logs through main', () => {
    expect(logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
