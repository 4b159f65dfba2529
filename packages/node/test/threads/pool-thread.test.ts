import { once } from 'node:events';
import type { Hash } from '@heddle/primitives';
import { bytesToHex } from '@heddle/primitives';
import { ETHER, signedTransaction, temporaryDirectory, transfer, unsignedTransaction, waitFor } from '@heddle/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packBytes, unpackBytes } from '../../src/pool/packed-bytes.ts';
import { DEFAULT_POOL_LIMITS } from '../../src/pool/pool-limits.ts';
import type { PoolForRpc, RpcForPool } from '../../src/pool/rpc-boundary.ts';
import { connectPort, type RemoteSide } from '../../src/threads/port-rpc.ts';
import { type PoolThread, startPoolThread } from '../../src/threads/start-pool-thread.ts';
import { ACCOUNTS, createTestStore, FEES, GAS_LIMIT, RULES, type TestStore } from './test-store.ts';

const [alice, bob, carol] = ACCOUNTS as [(typeof ACCOUNTS)[0], (typeof ACCOUNTS)[0], (typeof ACCOUNTS)[0]];
const ROOMY = { baseFeePerGas: FEES.initialBaseFee, gasLimit: GAS_LIMIT, maxCount: 1_000, sizeLimitBytes: 1_000_000 };

const folder = temporaryDirectory('pool-thread');
let store: TestStore;
let thread: PoolThread;
let rpc: RemoteSide<PoolForRpc>;
const gossiped: Uint8Array[] = [];
const readiness: { readonly headHash: Hash; readonly hasExecutable: boolean }[] = [];

beforeAll(async () => {
  store = await createTestStore(`${folder.path}/chain`);
  const options = { databasePath: store.path, rules: RULES, blockGasLimit: GAS_LIMIT, fees: FEES };
  thread = startPoolThread(
    { ...options, limits: DEFAULT_POOL_LIMITS, heldKeys: [bytesToHex(bob.privateKey)] },
    {
      requests: {},
      notices: {
        newTransactions: (batch) => gossiped.push(...unpackBytes(batch)),
        executableChanged: (notice) => readiness.push(notice),
      },
    },
  );
  rpc = connectPort<PoolForRpc, RpcForPool>(thread.rpcPort, { requests: {}, notices: {} });
});

afterAll(async () => {
  await thread.stop();
  await store.close();
  folder.remove();
});

function submit(raws: readonly Uint8Array[]) {
  return rpc.call('submit', packBytes(raws));
}

describe('the pool thread', () => {
  it('admits what rpc submits, tells main that a block would hold it, and has it gossiped', async () => {
    const sent = [0, 1].map((nonce) => signedTransaction(alice, { nonce }));
    const answers = await submit(sent.map(({ raw }) => raw));
    expect(answers).toEqual(sent.map(({ hash }) => ({ accepted: true, hash })));
    expect(await rpc.call('pendingNonce', alice.address)).toBe(2n);
    const first = sent[0];
    expect(await rpc.call('transaction', first?.hash ?? '0x')).toEqual({ raw: first?.raw, sender: alice.address });
    await waitFor(() => gossiped.length === 2, { what: 'the gossip of both' });
    expect(gossiped.map(bytesToHex)).toEqual(sent.map(({ raw }) => bytesToHex(raw)));
    expect(readiness.at(-1)).toEqual({ headHash: store.head().hash, hasExecutable: true });
  });

  it('answers with geth’s words', async () => {
    expect(await submit([signedTransaction(alice, { nonce: 0, value: 20_000n * ETHER }).raw])).toEqual([
      {
        accepted: false,
        code: -32000,
        message: expect.stringMatching(/^insufficient funds for gas \* price \+ value/),
      },
    ]);
    expect(await rpc.call('pendingNonce', carol.address)).toBeUndefined();
    expect(await rpc.call('transaction', store.head().hash)).toBeUndefined();
  });

  it('signs for accounts whose keys it holds, with the next nonce each time', async () => {
    const { nonce: _, ...transaction } = unsignedTransaction();
    const answers = await Promise.all(
      [0, 1, 2].map(() => rpc.call('submitUnsigned', { from: bob.address, transaction })),
    );
    expect(answers.every(({ accepted }) => accepted)).toBe(true);
    expect(await rpc.call('pendingNonce', bob.address)).toBe(3n);
    expect(await rpc.call('submitUnsigned', { from: carol.address, transaction })).toEqual({
      accepted: false,
      code: -32000,
      message: 'unknown account',
    });
    expect(await rpc.call('signMessage', { address: bob.address, message: Uint8Array.of(1) })).toHaveLength(65);
    expect(await rpc.call('signMessage', { address: carol.address, message: Uint8Array.of(1) })).toBeUndefined();
  });

  it('gives candidates on its head, and resolves what a proposal names', async () => {
    const batch = await thread.pool.call('candidates', ROOMY);
    expect(batch.headHash).toBe(store.head().hash);
    expect(batch.senders).toHaveLength(5);
    expect(unpackBytes(batch.raws)).toHaveLength(5);
    const known = await submit([signedTransaction(carol, { nonce: 4 }).raw]);
    const hash = known[0]?.accepted ? known[0].hash : '0x';
    const resolved = await thread.pool.call('resolveTransactions', [hash, store.head().hash, hash]);
    expect(resolved.missing).toEqual([1]);
    expect(resolved.senders).toEqual([carol.address, carol.address]);
  });

  it('recovers the senders of fetched transactions, known or not', async () => {
    const raws = [
      signedTransaction(alice, { nonce: 0 }).raw,
      signedTransaction(carol, { nonce: 9 }).raw,
      Uint8Array.of(2, 0xc0),
    ];
    expect(await thread.pool.call('recoverSenders', packBytes(raws))).toEqual([
      alice.address,
      carol.address,
      undefined,
    ]);
  });

  it('judges gossip as a whole', async () => {
    const gossip = (...raws: Uint8Array[]) => thread.pool.call('gossip', packBytes(raws));
    const fresh = signedTransaction(ACCOUNTS[5] ?? alice, {});
    expect(await gossip(fresh.raw)).toBe('accept');
    expect(await gossip(fresh.raw)).toBe('ignore');
    expect(await gossip(fresh.raw, signedTransaction(alice, { chainId: 1n }).raw)).toBe('reject');
    expect(gossiped.map(bytesToHex)).not.toContain(bytesToHex(fresh.raw)); // gossipsub itself passes it on
  });

  it('follows the head: drops what is mined, keeps the rest', async () => {
    const mined = [0, 1].map((nonce) => signedTransaction(alice, { nonce }));
    const head = await store.addBlock(mined);
    thread.pool.notify('head', { number: head.number, hash: head.hash, touched: [alice.address] });
    await waitFor(() => readiness.at(-1)?.headHash === head.hash, { what: 'the new head' });
    expect(await rpc.call('pendingNonce', alice.address)).toBeUndefined();
    expect(await submit([mined[0]?.raw ?? new Uint8Array()])).toMatchObject([
      { accepted: false, message: 'nonce too low: next nonce 2, tx nonce 0' },
    ]);
    const next = transfer(alice, bob, 1n, { nonce: 2 });
    expect(await submit([next.raw])).toEqual([{ accepted: true, hash: next.hash }]);
    const batch = await thread.pool.call('candidates', { ...ROOMY, baseFeePerGas: 1n });
    expect(batch.headHash).toBe(head.hash);
    expect(unpackBytes(batch.raws).map(bytesToHex)).toContain(bytesToHex(next.raw));
  });

  it('takes out what was too slow to build, could not be run or is invalid on the head', async () => {
    const slow = signedTransaction(alice, { nonce: 3 });
    const failed = signedTransaction(alice, { nonce: 4 });
    const [invalid] = [signedTransaction(ACCOUNTS[5] ?? alice, {})];
    await submit([slow.raw]);
    thread.pool.notify('leftOut', {
      headHash: store.head().hash,
      tooSlow: [slow.hash],
      failed: [failed.hash],
      invalid: [invalid?.hash ?? '0x'],
    });
    await waitFor(async () => (await rpc.call('transaction', slow.hash)) === undefined, { what: 'its removal' });
    expect(await submit([slow.raw, failed.raw])).toEqual([
      { accepted: false, code: -32000, message: 'transaction exceeds the block build time' },
      { accepted: false, code: -32000, message: 'transaction cannot be executed by this node' },
    ]);
    expect(await rpc.call('transaction', invalid?.hash ?? '0x')).toBeUndefined();
  });

  it('gives the pool in pages to a new peer', async () => {
    const { pending, queued } = await thread.pool.call('status', undefined);
    const page = await thread.pool.call('page', { after: 0, maxBytes: 1_000_000 });
    expect(page.next).toBeUndefined();
    expect(page.raws.sizes).toHaveLength(pending + queued);
  });

  it('answers small requests while a large batch waits for its judgement', async () => {
    const raws = Array.from(
      { length: 1_500 },
      (_, index) => signedTransaction(ACCOUNTS[6] ?? alice, { nonce: index }).raw,
    );
    let isDone = false;
    const large = submit(raws).then((answers) => {
      isDone = true;
      return answers;
    });
    await rpc.call('status', undefined);
    const one = await thread.pool.call('recoverSenders', packBytes([signedTransaction(carol, { nonce: 50 }).raw]));
    expect(one).toEqual([carol.address]);
    expect(isDone).toBe(false);
    expect((await large).every(({ accepted }) => accepted)).toBe(true);
  });

  it('ends when it is told to', async () => {
    const own = startPoolThread(
      {
        databasePath: store.path,
        rules: RULES,
        blockGasLimit: GAS_LIMIT,
        fees: FEES,
        limits: DEFAULT_POOL_LIMITS,
        heldKeys: [],
      },
      { requests: {}, notices: { newTransactions: () => undefined, executableChanged: () => undefined } },
    );
    const exit = once(own.worker, 'exit');
    expect(await own.pool.call('status', undefined)).toEqual({ pending: 0, queued: 0, waiting: 0 });
    await own.stop();
    expect(await exit).toEqual([0]);
    await expect(own.pool.call('status', undefined)).rejects.toMatchObject({ code: 'THREAD_GONE' });
    await own.stop();
  });

  it('says what is wrong with its store', async () => {
    const own = startPoolThread(
      {
        databasePath: `${folder.path}/nowhere`,
        rules: RULES,
        blockGasLimit: GAS_LIMIT,
        fees: FEES,
        limits: DEFAULT_POOL_LIMITS,
        heldKeys: [],
      },
      { requests: {}, notices: { newTransactions: () => undefined, executableChanged: () => undefined } },
    );
    const [error] = await once(own.worker, 'error');
    expect(error).toMatchObject({ code: 'STORE_MISSING' });
  });
});
