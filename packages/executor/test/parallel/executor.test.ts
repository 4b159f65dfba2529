import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import {
  type Address,
  decodeStoredReceipts,
  equalBytes,
  type Hash,
  hexToBytes,
  keccak256Hex,
} from '@heddle/primitives';
import {
  assemble,
  createRandom,
  ETHER,
  GWEI,
  seedFromEnvironment,
  signedTransaction,
  type TestAccount,
  testAccount,
  testAccounts,
  transfer,
  waitFor,
} from '@heddle/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InspectableExecutor } from '../../src/block-executor.ts';
import { createExecutor } from '../../src/executor.ts';
import type { BlockResult, ExecuteOutcome, SenderTransaction } from '../../src/executor-api.ts';
import { storeCorrupt } from '../../src/state/state-errors.ts';
import { openStateTrie } from '../../src/trie/state-trie.ts';
import { yieldToEvents } from '../../src/worker-pool.ts';
import { TESTED_ENGINE } from '../support/tested-engine.ts';
import { differenceFromOracle } from './compare.ts';
import { CONTRACTS, contractAccounts } from './contracts.ts';
import { createOracle } from './oracle.ts';
import { createTestChain, environment, genesisAccount, noCancel, RULES, type TestChain } from './test-chain.ts';

const accounts = testAccounts(40);
const stranger = testAccount(0, 'stranger');
const alloc = [
  ...accounts.map(({ address }) => genesisAccount(address, 10n * ETHER)),
  ...contractAccounts(accounts.map(({ address }) => address)),
];
let chain: TestChain;
let one: InspectableExecutor;
let two: InspectableExecutor;
beforeAll(async () => {
  chain = await createTestChain(alloc);
  one = await chain.start(1);
  two = await chain.start(2, { core: { build: 'release' } });
});
afterAll(() => chain?.close());

/** The hasher needs seconds for so much on any machine; no transaction may have it where EIP-7825 holds. */
const GAS_OF_SECONDS = 400_000_000n;
const UNCAPPED = { ...RULES, transactionGasCap: undefined };

const account = (index: number) => accounts[index] as TestAccount;
const sent = (from: TestAccount, transaction: { readonly raw: Uint8Array }): SenderTransaction => ({
  raw: transaction.raw,
  sender: from.address,
});
const pay = (from: TestAccount, to: Address, value: bigint, nonce = 0, fields = {}) =>
  sent(from, transfer(from, to, value, { nonce, ...fields }));
const call = (from: TestAccount, to: Address, words: readonly (number | Address)[] = [], fields = {}) => {
  const data = Buffer.from(words.map((word) => BigInt(word).toString(16).padStart(64, '0')).join(''), 'hex');
  return sent(from, signedTransaction(from, { to, data, value: 0n, gasLimit: 200_000n, ...fields }));
};

function execute(
  executor: InspectableExecutor,
  transactions: readonly SenderTransaction[],
  fields: Parameters<typeof environment>[0] = {},
): Promise<ExecuteOutcome> {
  return executor.execute({ environment: environment(fields), transactions, cancel: noCancel() });
}

async function result(...parameters: Parameters<typeof execute>): Promise<BlockResult> {
  const outcome = await execute(...parameters);
  if (outcome.status !== 'executed') expect.fail(JSON.stringify(outcome));
  return outcome.result;
}

describe('execution of a given block', () => {
  it('runs disjoint transfers on two workers, each once', async () => {
    const block = accounts.slice(0, 20).map((from, index) => pay(from, account(20 + index).address, 5n));
    const { figures, receipts } = await result(two, block);
    expect(decodeStoredReceipts(receipts)).toHaveLength(20);
    expect(figures).toMatchObject({ workers: 2, incarnations: 20, reExecutions: 0, hot: [] });
    expect(figures.byGas.bound).toEqual({ 2: 2, 4: 4, 8: 8, 16: 16, unlimited: 20 });
  });

  it('names the slot on which transactions meet, and what removing it would gain', async () => {
    const block = accounts.slice(0, 16).map((from) => call(from, CONTRACTS.counter));
    const { figures } = await result(two, block);
    const slot: Hash = `0x${'00'.repeat(32)}`;
    expect(figures.hot[0]).toMatchObject({ address: CONTRACTS.counter, kind: 'slot', slot });
    expect(figures.byGas.tInf).toBe(figures.byGas.t1);
    expect(figures.hot[0]?.gain).toBe(figures.byGas.t1 - figures.byGas.t1 / 16);
    expect(figures.byGas.bound.unlimited).toBe(1);
  });

  it('still knows what it has read when a block was executed in several rounds', async () => {
    const executor = await chain.start(2);
    const block = accounts.slice(0, 4).map((from) => call(from, CONTRACTS.counter));
    const missesOf = async (run: () => Promise<unknown>) => {
      const before = executor.metrics().heddle_executor_cache_misses_total ?? 0;
      await run();
      return (executor.metrics().heddle_executor_cache_misses_total ?? 0) - before;
    };
    expect(await missesOf(() => result(executor, block))).toBeGreaterThan(0);
    const { stateRoot } = await result(executor, block);
    executor.apply(stateRoot);
    const next = accounts.slice(0, 4).map((from) => call(from, CONTRACTS.counter, [], { nonce: 1 }));
    expect(await missesOf(() => result(executor, next))).toBe(0);
  });

  it('shows the same figures by gas for any number of workers', async () => {
    const block = accounts.map((from, index) =>
      index % 3 === 0 ? call(from, CONTRACTS.counter) : pay(from, account((index * 7) % 40).address, 1n),
    );
    const [left, right] = [await result(one, block), await result(two, block)];
    expect(left.figures.byGas).toEqual(right.figures.byGas);
    const gains = ({ figures }: BlockResult) => figures.hot.map(({ address, slot, gain }) => ({ address, slot, gain }));
    expect(gains(left)).toEqual(gains(right));
  });

  it('gives an empty block its roots', async () => {
    const { receipts, stateRoot, diff } = await result(two, []);
    expect(decodeStoredReceipts(receipts)).toEqual([]);
    expect(stateRoot).toBe(chain.genesisRoot);
    expect(diff.accounts.size).toBe(0);
  });

  it('runs on one worker where more waits to be stored than there is memory to preload', async () => {
    const block = accounts.slice(0, 8).map((from) => pay(from, stranger.address, 1n));
    const code = new Uint8Array(1_000_000);
    const pendingOf = (count: number) => {
      const hashes = Array.from({ length: count }, (_, index) => keccak256Hex(Uint8Array.of(index)));
      const codes = new Map(hashes.map((hash) => [hash, code] as const));
      return () => [{ accounts: new Map(), slots: new Map(), codes }];
    };
    const few = await result(await chain.start(2, { pendingDiffs: pendingOf(3) }), block);
    const many = await result(await chain.start(2, { pendingDiffs: pendingOf(101) }), block);
    expect([few.figures.workers, many.figures.workers]).toEqual([2, 1]);
    expect(many.stateRoot).toBe(few.stateRoot);
  });

  it('lets one wallet send a burst without running anything twice because of its nonce', async () => {
    const wallet = account(0);
    const block = [0, 1, 2, 3].map((nonce) => pay(wallet, stranger.address, 1n, nonce));
    const { receipts } = await result(two, block);
    expect(decodeStoredReceipts(receipts).every(({ succeeded }) => succeeded)).toBe(true);
  });

  it('lets the beneficiary spend what it earned in the block', async () => {
    const earner = testAccount(1, 'earner');
    const block = [
      ...accounts.slice(0, 10).map((from) => pay(from, stranger.address, 0n, 0, { maxPriorityFeePerGas: 90n * GWEI })),
      pay(earner, stranger.address, 7n),
    ];
    const { diff } = await result(two, block, { beneficiary: earner.address });
    expect(diff.accounts.get(earner.address)?.after?.nonce).toBe(1n);
    expect(diff.accounts.get(stranger.address)?.after?.balance).toBe(7n);
  });

  it('says which transaction cannot stand where, and why', async () => {
    const funded = pay(account(0), stranger.address, 1n);
    const unfunded = pay(stranger, account(0).address, ETHER);
    expect(await execute(two, [funded, pay(account(1), stranger.address, 1n), unfunded, funded])).toEqual({
      status: 'invalid',
      transactionIndex: 2,
      reason: expect.stringContaining('insufficient funds for gas * price + value'),
    });
    expect(await execute(two, [funded, pay(account(0), stranger.address, 1n, 2)])).toMatchObject({
      transactionIndex: 1,
      reason: expect.stringContaining('nonce too high'),
    });
    expect(await execute(two, [{ raw: Uint8Array.of(0x7f), sender: stranger.address }])).toMatchObject({
      status: 'invalid',
      transactionIndex: 0,
    });
    const large = call(account(2), CONTRACTS.counter, [], { gasLimit: 90_000n });
    expect(await execute(two, [funded, large], { gasLimit: 100_000n })).toEqual({
      status: 'invalid',
      transactionIndex: 1,
      reason: 'gas limit reached',
    });
  });

  it('calls a block invalid whose system contract does not answer', async () => {
    const broken = await createTestChain([
      ...alloc,
      genesisAccount('0x00000961ef480eb55e80d19ad83579a64c007002', 0n, { nonce: 1n, code: assemble(0, 0, 'REVERT') }),
    ]);
    try {
      const outcome = await execute(await broken.start(1), [pay(account(0), stranger.address, 1n)]);
      expect(outcome).toEqual({
        status: 'invalid',
        transactionIndex: 1,
        reason: expect.stringContaining('the system call to 0x00000961ef480eb55e80d19ad83579a64c007002 failed'),
      });
    } finally {
      await broken.close();
    }
  });

  it('pays withdrawals behind the transactions, and makes no account for nothing (trap 58)', async () => {
    const exact = testAccount(0, 'exact');
    const dead: Address = `0x${'de'.repeat(20)}`;
    const withdrawals = [
      { index: 0n, validatorIndex: 0n, address: exact.address, amount: 7n },
      { index: 1n, validatorIndex: 0n, address: dead, amount: 0n },
    ];
    const price = 2n * GWEI;
    const block = [
      pay(account(0), exact.address, 21_000n * price + 3n),
      ...accounts.slice(1, 6).map((from) => pay(from, stranger.address, 1n)),
      pay(exact, stranger.address, 3n, 0, { maxFeePerGas: price, maxPriorityFeePerGas: price }),
    ];
    for (const executor of [one, two]) {
      const { diff } = await result(executor, block, { withdrawals });
      expect(diff.accounts.get(exact.address)?.after).toMatchObject({ nonce: 1n, balance: 7n * GWEI });
      expect(diff.accounts.has(dead)).toBe(false);
    }
  });

  it('counts a transaction as fundable that is funded two places before it', async () => {
    const block = [
      ...accounts.slice(0, 6).map((from, index) => pay(from, account(index + 6).address, 1n)),
      pay(account(20), stranger.address, ETHER),
      pay(stranger, account(21).address, ETHER / 2n),
    ];
    expect(decodeStoredReceipts((await result(two, block)).receipts)).toHaveLength(8);
  });

  it('stops when it is cancelled, also inside a transaction', async () => {
    const cancel = noCancel();
    Atomics.store(cancel, 0, 1);
    const fields = { gasLimit: GAS_OF_SECONDS };
    const transactions = [call(account(0), CONTRACTS.hasher, [], { ...fields, maxFeePerGas: GWEI })];
    const executor = await chain.start(2, { rules: UNCAPPED });
    const block = { environment: environment(fields), transactions };
    expect(await executor.execute({ ...block, cancel })).toEqual({ status: 'cancelled' });
    const [later, begun] = [noCancel(), noCancel()];
    // From another thread, which is up before the block begins: this one runs the transaction.
    const canceller = new Worker(
      `const { later, begun } = require('node:worker_threads').workerData;
      Atomics.wait(begun, 0, 0);
      Atomics.wait(later, 0, 0, 20);
      Atomics.store(later, 0, 1);`,
      { eval: true, workerData: { later, begun } },
    );
    const ended = once(canceller, 'exit');
    await once(canceller, 'online');
    Atomics.store(begun, 0, 1);
    Atomics.notify(begun, 0);
    expect(await executor.execute({ ...block, cancel: later })).toEqual({ status: 'cancelled' });
    await ended;
    expect((await result(executor, [pay(account(0), stranger.address, 1n)])).gasUsed).toBe(21_000n);
  });

  it('grows the memory between blocks, where workers see it', async () => {
    const block = accounts.slice(0, 10).map((from) => pay(from, stranger.address, 1n));
    const small = await result(two, block);
    const large = await result(two, block, { gasLimit: 300_000_000n });
    expect(large.stateRoot).toBe(small.stateRoot);
  });

  it('has no use for a fault that is planted in the shipped build', async () => {
    const executor = await chain.start(2, { core: { build: 'release', mutation: 1 } });
    const block = accounts.slice(0, 12).map((from) => call(from, CONTRACTS.counter));
    expect((await result(executor, block)).stateRoot).toBe((await result(one, block)).stateRoot);
  });
});

const LIMITS = { sizeLimitBytes: 1 << 20, timeBudgetMs: 60_000 };

describe('building a block', () => {
  it('takes what fits and says why the rest does not', async () => {
    const candidates = [
      pay(account(0), stranger.address, 1n),
      pay(account(0), stranger.address, 1n, 2),
      pay(stranger, account(0).address, ETHER),
      call(account(1), CONTRACTS.counter, [], { gasLimit: 90_000n }),
      pay(account(2), stranger.address, 2n),
      pay(account(2), stranger.address, 2n, 1),
    ];
    const built = await two.build({
      environment: environment({ gasLimit: 100_000n }),
      candidates,
      ...LIMITS,
      cancel: noCancel(),
    });
    if (built.status !== 'built') expect.fail(built.status);
    expect(built.result.transactions).toEqual([0, 4, 5].map((index) => candidates[index]?.raw));
    expect(built.leftOut.map(({ why }) => why)).toEqual(['invalid', 'invalid', 'unfit']);
    expect(built.leftOut[2]).toEqual({
      hash: keccak256Hex(candidates[3]?.raw ?? new Uint8Array()),
      why: 'unfit',
      reason: 'gas limit reached',
    });
    const again = await result(
      one,
      candidates.filter((_, index) => [0, 4, 5].includes(index)),
      { gasLimit: 100_000n },
    );
    expect(again.stateRoot).toBe(built.result.stateRoot);
  });

  it('stops at the size of a block', async () => {
    const candidates = accounts.slice(0, 6).map((from) => pay(from, stranger.address, 1n));
    const sizeLimitBytes = 3 * (candidates[0]?.raw.length ?? 0) + 10;
    const built = await two.build({
      environment: environment(),
      candidates,
      ...LIMITS,
      sizeLimitBytes,
      cancel: noCancel(),
    });
    if (built.status !== 'built') expect.fail(built.status);
    expect(built.result.transactions).toHaveLength(3);
    expect(built.leftOut.map(({ reason }) => reason)).toEqual(new Array(3).fill('block size limit reached'));
  });

  it('gives a transaction up that takes longer than the whole budget, and keeps what came before it', async () => {
    const gasLimit = GAS_OF_SECONDS;
    const candidates = [
      pay(account(0), stranger.address, 1n),
      call(account(1), CONTRACTS.hasher, [], { gasLimit, maxFeePerGas: GWEI, maxPriorityFeePerGas: 0n }),
      pay(account(2), stranger.address, 1n),
    ];
    for (const workers of [1, 2]) {
      const executor = await chain.start(workers, { rules: UNCAPPED });
      // Where the machine is busy, a build may not come to run it for most of the budget: then it is not to blame.
      let blamed: string | undefined;
      for (let attempt = 0; attempt < 100 && blamed === undefined; attempt++) {
        const built = await executor.build({
          environment: environment({ gasLimit: 2n * gasLimit }),
          candidates,
          ...LIMITS,
          timeBudgetMs: 200,
          cancel: noCancel(),
        });
        if (built.status !== 'built') expect.fail(built.status);
        const kept = built.result.transactions;
        expect(kept.every((raw, index) => equalBytes(raw, candidates[index]?.raw ?? raw))).toBe(true);
        blamed = built.leftOut.find(({ why }) => why === 'too-slow')?.hash;
      }
      expect(blamed, `on ${workers} workers`).toBe(keccak256Hex(candidates[1]?.raw ?? new Uint8Array()));
    }
  });
});

describe('a transaction that needs more memory than the EVM has', { skip: TESTED_ENGINE !== 'wasm' }, () => {
  // The gas of 3 GiB: only a chain without EIP-7825 and with a gas limit beyond all others lets it come so far.
  const gasLimit = 40_000_000_000_000n;
  const code = assemble(1n, 0xc000_0000n, 'MSTORE');
  const rules = { ...RULES, transactionGasCap: undefined };
  const devourer = `0x${'de'.repeat(20)}` as const;
  const fields = { gasLimit: gasLimit * 10n, baseFeePerGas: 0n };
  const devour = (index: number) => {
    const prices = { gasLimit, maxFeePerGas: 0n, maxPriorityFeePerGas: 0n };
    return call(account(index), devourer, [], prices);
  };
  let roomy: TestChain;
  beforeAll(async () => {
    roomy = await createTestChain([...alloc, genesisAccount(devourer, 0n, { code })]);
  });
  afterAll(() => roomy?.close());

  it('is left out of a block to build, which goes on, and ends no thread', async () => {
    const candidates = [
      ...[0, 1, 2, 3].map((index) => call(account(index), CONTRACTS.counter, [], { maxFeePerGas: GWEI })),
      ...[4, 5, 6].map(devour),
      ...[7, 8, 9].map((index) => call(account(index), CONTRACTS.counter, [], { maxFeePerGas: GWEI })),
    ];
    for (const workers of [1, 2]) {
      const deaths: number[] = [];
      const executor = await roomy.start(workers, { rules, onWorkerDeath: (index) => deaths.push(index) });
      const request = { environment: environment(fields), candidates, ...LIMITS, cancel: noCancel() };
      const built = await executor.build(request);
      if (built.status !== 'built') expect.fail(built.status);
      expect(built.result.transactions).toHaveLength(7);
      expect(built.leftOut.map(({ why, reason }) => [why, reason])).toEqual(
        [4, 5, 6].map(() => ['failed', 'a transaction or call needs more memory than the EVM has']),
      );
      expect(executor.metrics()).toMatchObject({ heddle_executor_failed_candidates_total: 3 });
      expect(deaths).toEqual([]);
    }
  });

  it('makes this node refuse to judge a given block, in one line, and ends no thread', async () => {
    const transactions = [0, 1, 2, 3].map(devour);
    for (const workers of [1, 2]) {
      const deaths: number[] = [];
      const executor = await roomy.start(workers, { rules, onWorkerDeath: (index) => deaths.push(index) });
      await expect(execute(executor, transactions, fields)).rejects.toMatchObject({
        code: 'EXECUTION_FAILED',
        message: 'execution stopped: transaction 0: a transaction or call needs more memory than the EVM has',
      });
      expect(deaths).toEqual([]);
      expect(await execute(executor, [pay(account(0), stranger.address, 1n)])).toMatchObject({ status: 'executed' });
    }
  });
});

describe('a store that cannot be read', () => {
  it('ends a build, and no transaction is blamed for it', async () => {
    const { counter } = CONTRACTS;
    let isBroken = true;
    const getSync = (key: Uint8Array) => {
      const isRead = Buffer.from(key).includes(Buffer.from(hexToBytes(counter)));
      if (isBroken && isRead) throw storeCorrupt('a folder', 'a table cannot be read');
      return chain.database.getSync(key);
    };
    const candidates = [call(account(0), counter), pay(account(1), stranger.address, 1n)];
    const executor = await chain.start(1, { database: { ...chain.database, getSync } });
    const build = () => executor.build({ environment: environment(), candidates, ...LIMITS, cancel: noCancel() });
    await expect(build()).rejects.toThrow(/the store a folder is damaged: a table cannot be read/);
    isBroken = false;
    expect(await build()).toMatchObject({ status: 'built', leftOut: [] });
  });
});

describe('a worker that dies', () => {
  it('leaves a block that completes with the right result, wherever it is', async () => {
    const random = createRandom(seedFromEnvironment('worker death'));
    const deaths: number[] = [];
    const executor = await chain.start(2, { onWorkerDeath: (index) => deaths.push(index) });
    const oracle = await createOracle(RULES, alloc);
    const block = accounts.slice(0, 24).map((from, index) =>
      index % 4 === 0
        ? call(from, CONTRACTS.hasher, [], { gasLimit: 1_500_000n }) // some tens of milliseconds
        : index % 2 === 0
          ? call(from, CONTRACTS.counter)
          : pay(from, account((index * 5) % 40).address, 1n),
    );
    const expected = await oracle.run(environment(), block);
    let inBlock = 0;
    // However busy the machine is, in one of so many blocks of that length the other worker comes in time.
    for (let round = 0; round < 5 || (inBlock < 2 && round < 100); round++) {
      await waitFor(() => executor.pool.readyCount() === 2, { what: 'two workers' });
      let isOver = false;
      const running = result(executor, block).finally(() => {
        isOver = true;
      });
      for (let turn = 1; !isOver && !executor.pool.isInBlock(1); turn++)
        await (turn % 1_000 === 0 ? yieldToEvents() : null);
      const turns = random.int(0, random.pick([10, 100, 1_000])); // of a slow engine a block takes a thousand, of a fast one few
      for (let turn = 0; turn < turns; turn++) await null;
      if (executor.pool.isInBlock(1)) inBlock++;
      void executor.pool.kill(1);
      expect(await differenceFromOracle(await running, expected), `killed after ${turns} turns`).toEqual([]);
      await waitFor(() => deaths.length === round + 1, { what: 'word of the death' });
    }
    expect(inBlock, 'kills inside a block').toBeGreaterThan(1);
    expect(decodeStoredReceipts((await result(executor, block)).receipts)).toHaveLength(24);
  });
});

describe('a worker that cannot start', () => {
  it('is told, and blocks go on without it', async () => {
    const deaths: number[] = [];
    const lame = await createExecutor({
      rules: RULES,
      databasePath: '/nowhere/database',
      database: chain.database,
      workers: 2,
      trie: openStateTrie(chain.database, chain.genesisRoot),
      readBlockHash: () => undefined,
      onWorkerDeath: (index) => deaths.push(index),
    });
    try {
      await expect(lame.pool.whenReady()).rejects.toMatchObject({ code: 'WORKER_START_FAILED' });
      await waitFor(() => deaths.length > 0, { what: 'word of the death' });
      await expect(lame.pool.whenReady(), 'asked later').rejects.toMatchObject({ code: 'WORKER_START_FAILED' });
      const block = accounts.slice(0, 6).map((from) => pay(from, stranger.address, 1n));
      expect((await result(lame, block)).figures.runsPerWorker).toEqual([6]);
      expect(deaths).toEqual([1]);
    } finally {
      await lame.close();
    }
  });
});
