import { type AccountChange, headState } from '@heddle/executor';
import { type Address, assert, DEFAULT_ENGINE, EMPTY_CODE_HASH, ZERO_HASH } from '@heddle/primitives';
import { assemble, createRandom, seedFromEnvironment, temporaryDirectory, waitFor } from '@heddle/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeLimitsOf } from '../src/limits/node-limits.ts';
import { DEFAULT_POOL_LIMITS } from '../src/pool/pool-limits.ts';
import { createQueryThreads, type QueryThreads } from '../src/query/query-threads.ts';
import { Transferred } from '../src/threads/port-rpc.ts';
import { type PoolThread, startPoolThread } from '../src/threads/start-pool-thread.ts';
import { type RpcThread, startRpcThread } from '../src/threads/start-rpc-thread.ts';
import { ACCOUNTS, createTestStore, FEES, GAS_LIMIT, RULES, type TestStore } from '../test/threads/test-store.ts';

// Every block moves all balances and leaves their sum. Whoever reads two of them in two states sees another sum.

const READS = 10_000;
/** Blocks that commit meanwhile, at least. */
const MIN_BLOCKS = READS / 10;
/** Clients at once. */
const LANES = 4;
/** All accounts of the test chain, with 10,000 ether each. */
const ADDRESSES = ACCOUNTS.map(({ address }) => address);
const SUM = 10_000n * 10n ** 18n * BigInt(ADDRESSES.length);
const ADDS_UP = `0x${'c1'.repeat(20)}` as const;

const random = createRandom(seedFromEnvironment('torn views'));
const folder = temporaryDirectory('torn-views');
let store: TestStore;
let pool: PoolThread;
let queries: QueryThreads;
let rpc: RpcThread;
let url: string;

beforeAll(async () => {
  const additions = ADDRESSES.flatMap((address) => [address, 'BALANCE', 'ADD'] as const);
  store = await createTestStore(`${folder.path}/chain`, {
    [ADDS_UP]: assemble(0, ...additions, 0, 'MSTORE', 32, 0, 'RETURN'),
  });
  const databasePath = store.path;
  const limits = nodeLimitsOf({});
  pool = startPoolThread(
    { databasePath, rules: RULES, blockGasLimit: GAS_LIMIT, fees: FEES, limits: DEFAULT_POOL_LIMITS, heldKeys: [] },
    { requests: {}, notices: { newTransactions: () => undefined, executableChanged: () => undefined } },
  );
  queries = createQueryThreads(
    { databasePath, rules: RULES, engine: DEFAULT_ENGINE, limits: limits.query },
    () => undefined,
  );
  const { chainId, transactionGasCap } = RULES;
  const node = { chainId, clientVersion: 'heddle/test', instanceId: ZERO_HASH, transactionGasCap, feeRules: FEES };
  const listen = { host: '127.0.0.1', port: 0, vhosts: undefined };
  rpc = startRpcThread(
    { databasePath, listen, node: { ...node, validators: [] }, accounts: [], limits },
    pool.rpcPort,
    {
      requests: {
        peerCount: () => 0,
        syncing: () => undefined,
        parallelism: () => undefined,
        joinInfo: () => ({}),
        metrics: () => '',
        startQueryThread() {
          const started = queries.start();
          return new Transferred(started, [started.port]);
        },
      },
      notices: { endQueryThread: (id) => queries.end(id), log: () => undefined },
    },
  );
  ({ url } = await rpc.rpc.call('listen', undefined));
});

afterAll(async () => {
  await rpc.stop();
  await queries.stop();
  await pool.stop();
  await store.close();
  folder.remove();
});

/** A block that takes from some accounts what it gives to others. */
async function addBlock(): Promise<void> {
  const state = headState(store.database);
  const accounts = new Map<Address, AccountChange>();
  const balances = ADDRESSES.map((address) => state.account(address)?.balance ?? 0n);
  for (let index = 0; index < balances.length; index++) {
    const [from, to] = [index, (index + 1) % balances.length];
    const amount = random.bigint(1n, (balances[from] ?? 0n) / 2n);
    balances[from] = (balances[from] ?? 0n) - amount;
    balances[to] = (balances[to] ?? 0n) + amount;
  }
  for (const [index, address] of ADDRESSES.entries()) {
    const after = { nonce: 0n, balance: balances[index] ?? 0n, codeHash: EMPTY_CODE_HASH, incarnation: 0 };
    accounts.set(address, { before: state.account(address), after });
  }
  const { number } = await store.addChange({ accounts, slots: new Map(), codes: new Map() });
  rpc.rpc.notify('head', number);
}

/** Blocks one after another until it is told to end. */
function keepCommitting(): { end(): Promise<number> } {
  let isOver = false;
  const committing = (async () => {
    while (!isOver) {
      await addBlock();
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  return {
    async end() {
      isOver = true;
      await committing;
      return store.head().number;
    },
  };
}

const CALLS = [
  ...ADDRESSES.map((address) => ({ method: 'eth_getBalance', params: [address, 'latest'] })),
  { method: 'eth_call', params: [{ to: ADDS_UP }, 'latest'] },
  ...ADDRESSES.map((address) => ({ method: 'eth_getBalance', params: [address, 'latest'] })),
];
const BATCH = JSON.stringify(CALLS.map((call, id) => ({ jsonrpc: '2.0', id, ...call })));

/** The sums that one batch shows: of its first balances, of its call, of the balances after the call. */
async function readSums(): Promise<readonly bigint[]> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: BATCH, signal: AbortSignal.timeout(60_000) });
  const answers = (await response.json()) as { result?: string; error?: unknown }[];
  const values = answers.map(({ result, error }) => {
    assert(result !== undefined, `every call is answered: ${JSON.stringify(error)}`);
    return BigInt(result);
  });
  const count = ADDRESSES.length;
  const sum = (some: readonly bigint[]) => some.reduce((total, value) => total + value);
  return [sum(values.slice(0, count)), values[count] ?? 0n, sum(values.slice(count + 1))];
}

test('balances are torn when they are read without a snapshot: the blocks of this test would show it', async () => {
  const committing = keepCommitting();
  const state = headState(store.database);
  const isTorn = () => ADDRESSES.reduce((sum, address) => sum + (state.account(address)?.balance ?? 0n), 0n) !== SUM;
  await waitFor(isTorn, { what: 'a torn sum', everyMs: 0 });
  await committing.end();
});

test(`${READS} batches and calls see the balances of one block each while blocks commit`, async () => {
  const before = store.head().number;
  const committing = keepCommitting();
  const committed = () => store.head().number - before;
  let reads = 0;
  // As long as it takes for enough of both, whichever is faster here.
  const lane = async (): Promise<void> => {
    while (reads++ < READS || committed() < MIN_BLOCKS) expect(await readSums()).toEqual([SUM, SUM, SUM]);
  };
  await Promise.all(Array.from({ length: LANES }, lane)).finally(() => committing.end());
  console.log(`${reads - LANES} batches beside ${committed()} blocks`);
});
