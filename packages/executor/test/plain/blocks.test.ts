import {
  type Address,
  bytesToBigInt,
  decodeStoredReceipts,
  hexToBytes,
  recoverSender,
  type Transaction,
} from '@heddle/primitives';
import {
  assemble,
  creation,
  ETHER,
  GWEI,
  initCodeOf,
  signedTransaction,
  type testAccount,
  testAccounts,
  transfer,
} from '@heddle/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine.ts';
import { createEthereumjsEngine } from '../../src/engines/ethereumjs/create-engine.ts';
import { buildPlainly } from '../../src/plain/build-plainly.ts';
import { executePlainly } from '../../src/plain/execute-plainly.ts';
import { COINBASE, environment, plainState, RULES, word } from '../support/run.ts';

const [alice, bob, carol] = testAccounts(3) as [
  ReturnType<typeof testAccount>,
  ReturnType<typeof testAccount>,
  ReturnType<typeof testAccount>,
];
const CONTRACT: Address = `0x${'c0'.repeat(20)}`;
const LOOP: Address = `0x${'1f'.repeat(20)}`;

const ACCOUNTS = {
  [alice.address]: { balance: 100n * ETHER },
  [bob.address]: { balance: 100n * ETHER },
  [CONTRACT]: { code: assemble(0, 'SLOAD', 1, 'ADD', 'DUP1', 0, 'SSTORE', 0, 'MSTORE', 32, 0, 'LOG0') },
  [LOOP]: { code: assemble({ label: 'loop' }, { at: 'loop' }, 'JUMP') },
};

let engine: Engine;

beforeAll(async () => {
  engine = await createEthereumjsEngine(RULES);
});

const count = (from: typeof alice, nonce: number) =>
  signedTransaction(from, { to: CONTRACT, value: 0n, gasLimit: 100_000n, nonce });

describe('plain execution', () => {
  it('runs each transaction on what those before it did', async () => {
    const transactions = [count(alice, 0), count(bob, 0), transfer(alice, carol, 5n, { nonce: 1 }), count(alice, 2)];
    const state = plainState(ACCOUNTS);
    const outcome = await executePlainly(
      engine,
      { environment: environment(), transactions: prepare(transactions) },
      state,
    );
    if (outcome.status !== 'executed') throw new Error(JSON.stringify(outcome));
    const receipts = decodeStoredReceipts(outcome.receipts);
    expect(receipts.map(({ logs }) => logs.map(({ data }) => bytesToBigInt(hexToBytes(data))))).toEqual([
      [1n],
      [2n],
      [],
      [3n],
    ]);
    expect(new Map(outcome.diff.slots.get(CONTRACT)).get(word(0))?.after).toEqual(hexToBytes(word(3)));
    expect(receipts.map(({ cumulativeGasUsed }) => cumulativeGasUsed).at(-1)).toBe(outcome.gasUsed);
    expect(outcome.diff.accounts.get(COINBASE)?.after?.balance).toBe(outcome.gasUsed * GWEI);
    expect(outcome.logsBloom).toBe(receipts[0]?.logsBloom);
    // sha256 of nothing: no requests
    expect(outcome.requestsHash).toBe('0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it('names the transaction that may not stand where it does', async () => {
    const invalid = [transfer(alice, bob, 1n), transfer(alice, bob, 1n, { nonce: 3 })];
    const request = { environment: environment(), transactions: prepare(invalid) };
    expect(await executePlainly(engine, request, plainState(ACCOUNTS))).toMatchObject({
      status: 'invalid',
      transactionIndex: 1,
      reason: expect.stringMatching(/^nonce too high/),
    });
  });

  it('asks for the whole gas limit of each transaction', async () => {
    const transactions = prepare([
      transfer(alice, bob, 1n, { gasLimit: 60_000n }),
      transfer(bob, alice, 1n, { gasLimit: 90_000n }),
    ]);
    const request = { environment: environment({ gasLimit: 100_000n }), transactions };
    expect(await executePlainly(engine, request, plainState(ACCOUNTS))).toEqual({
      status: 'invalid',
      transactionIndex: 1,
      reason: 'gas limit reached',
    });
  });

  it('pays withdrawals in gwei and makes no account for nothing', async () => {
    const withdrawals = [
      { index: 0n, validatorIndex: 0n, address: carol.address, amount: 3n },
      { index: 1n, validatorIndex: 0n, address: LOOP, amount: 0n },
      { index: 2n, validatorIndex: 0n, address: CONTRACT, amount: 1n },
      { index: 3n, validatorIndex: 0n, address: `0x${'ee'.repeat(20)}` as const, amount: 0n },
    ];
    const request = { environment: environment({ withdrawals }), transactions: [] };
    const outcome = await executePlainly(engine, request, plainState(ACCOUNTS));
    if (outcome.status !== 'executed') throw new Error(JSON.stringify(outcome));
    const balances = [...outcome.diff.accounts].map(([address, { after }]) => [address, after?.balance]);
    expect(balances).toEqual([
      [carol.address, 3n * GWEI],
      [CONTRACT, GWEI],
    ]);
  });

  it('stops when it is cancelled', async () => {
    const cancel = new Int32Array(new SharedArrayBuffer(4));
    const endless = signedTransaction(alice, { to: LOOP, value: 0n, gasLimit: 16_000_000n });
    cancel[0] = 1;
    const request = { environment: environment(), transactions: prepare([endless]), cancel };
    expect(await executePlainly(engine, request, plainState(ACCOUNTS))).toEqual({ status: 'cancelled' });
  });
});

describe('plain building', () => {
  const limits = { timeBudgetMs: 60_000, sizeLimitBytes: 1_000_000, now: () => 0 };

  it('takes what is valid and fits, in order, and says why the rest is left out', async () => {
    const candidates = [
      transfer(alice, bob, 1n, { gasLimit: 21_000n }),
      transfer(carol, bob, 1n),
      transfer(alice, bob, 1n, { nonce: 5 }),
      creation(bob, initCodeOf(new Uint8Array(9_000).fill(0)), { gasLimit: 900_000n }),
      transfer(bob, alice, 1n, { nonce: 1 }),
      transfer(alice, bob, 1n, { nonce: 1, gasLimit: 21_000n }),
    ];
    const request = { ...limits, environment: environment({ gasLimit: 100_000n }), candidates: candidates.map(hand) };
    const built = await buildPlainly(engine, request, plainState(ACCOUNTS));
    if (built.status !== 'built') throw new Error(built.status);
    expect(built.transactions.map(({ hash }) => hash)).toEqual([candidates[0]?.hash, candidates[5]?.hash]);
    expect(built.leftOut.map(({ why, reason }) => [why, reason.split(':')[0]])).toEqual([
      ['invalid', 'insufficient funds for gas * price + value'],
      ['invalid', 'nonce too high'],
      ['unfit', 'gas limit reached'],
      ['unfit', 'nonce too high'],
    ]);
  });

  it('makes a block that executes to the same', async () => {
    const candidates = [count(alice, 0), count(alice, 0), count(bob, 0), count(alice, 1)];
    const built = await buildPlainly(
      engine,
      { ...limits, environment: environment(), candidates: candidates.map(hand) },
      plainState(ACCOUNTS),
    );
    if (built.status !== 'built') throw new Error(built.status);
    const request = { environment: environment(), transactions: prepare(built.transactions) };
    const executed = await executePlainly(engine, request, plainState(ACCOUNTS));
    const { status, leftOut, ...block } = built;
    expect(leftOut.map(({ why }) => why)).toEqual(['invalid']);
    expect(executed).toEqual({ ...block, status: 'executed' });
  });

  it('keeps within the size', async () => {
    const candidates = [transfer(alice, bob, 1n), transfer(bob, alice, 1n)];
    const sizeLimitBytes = (candidates[0] as Transaction).raw.length + 10;
    const request = { ...limits, sizeLimitBytes, environment: environment(), candidates: candidates.map(hand) };
    const built = await buildPlainly(engine, request, plainState(ACCOUNTS));
    expect(built).toMatchObject({ status: 'built', leftOut: [{ why: 'unfit', reason: 'block size limit reached' }] });
  });

  it('gives up a transaction that exceeds the whole time, and begins nothing after it', async () => {
    let time = 0;
    const endless = signedTransaction(alice, { to: LOOP, value: 0n, gasLimit: 16_000_000n });
    const candidates = [endless, transfer(bob, alice, 1n)].map(hand);
    const now = () => time++;
    const built = await buildPlainly(
      engine,
      { ...limits, timeBudgetMs: 500, now, environment: environment(), candidates },
      plainState(ACCOUNTS),
    );
    expect(built).toMatchObject({
      status: 'built',
      transactions: [],
      leftOut: [
        { why: 'too-slow', reason: 'transaction exceeds the block build time' },
        { why: 'unfit', reason: 'the block build time ran out' },
      ],
    });
  });

  it('goes on without what cannot be run, and says in one line why', async () => {
    const candidates = [count(alice, 0), transfer(bob, alice, 1n)];
    const faulty: Engine = {
      name: engine.name,
      beginBlock: (block) => engine.beginBlock(block),
      runBlockStart: (state) => engine.runBlockStart(state),
      runBlockEnd: (state, logsOf) => engine.runBlockEnd(state, logsOf),
      runCall: (message, state, control) => engine.runCall(message, state, control),
      runTransaction: async (prepared, state, control) => {
        if (prepared.transaction.hash === candidates[0]?.hash) throw new TypeError('x is not a y:\n  z');
        return engine.runTransaction(prepared, state, control);
      },
    };
    const request = { ...limits, environment: environment(), candidates: candidates.map(hand) };
    const built = await buildPlainly(faulty, request, plainState(ACCOUNTS));
    if (built.status !== 'built') throw new Error(built.status);
    expect(built.transactions.map(({ hash }) => hash)).toEqual([candidates[1]?.hash]);
    const reason = expect.stringMatching(/^TypeError: x is not a y: z at .*blocks\.test\.ts[^\n]*$/);
    expect(built.leftOut).toEqual([{ hash: candidates[0]?.hash, why: 'failed', reason }]);
  });

  it('is cancelled by the word', async () => {
    const cancel = new Int32Array(new SharedArrayBuffer(4));
    const endless = signedTransaction(alice, { to: LOOP, value: 0n, gasLimit: 16_000_000n });
    let polls = 0;
    const now = () => {
      if (++polls === 400) cancel[0] = 1;
      return 0;
    };
    const request = { ...limits, now, cancel, environment: environment(), candidates: [hand(endless)] };
    expect(await buildPlainly(engine, request, plainState(ACCOUNTS))).toEqual({ status: 'cancelled' });
  });
});

function prepare(transactions: readonly Transaction[]) {
  return transactions.map((transaction) => ({ transaction, sender: recoverSender(transaction) }));
}

function hand(transaction: Transaction) {
  return { raw: transaction.raw, sender: recoverSender(transaction) };
}
