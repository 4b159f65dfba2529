import { GWEI, signedTransaction, testAccount } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { createTestPool, headHash, ROOMY, stateAtHead } from './pool-fixture.ts';

const alice = testAccount(0);
const bob = testAccount(1);
const carol = testAccount(2);

function names(entries: readonly { readonly transaction: { readonly hash: string } }[], known: Record<string, string>) {
  return entries.map(({ transaction }) => known[transaction.hash]);
}

describe('the order of candidates', () => {
  it('is by effective tip, then by age, each sender by nonce, whatever its later tips', () => {
    const { pool } = createTestPool();
    const known: Record<string, string> = {};
    const add = (name: string, from: typeof alice, nonce: number, tip: bigint, cap = 100n * GWEI) => {
      const transaction = signedTransaction(from, { nonce, maxPriorityFeePerGas: tip, maxFeePerGas: cap });
      known[transaction.hash] = name;
      expect(pool.admit(transaction.raw, 'local').accepted).toBe(true);
    };
    add('a0', alice, 0, 2n * GWEI);
    add('a1', alice, 1, 50n * GWEI);
    add('b0', bob, 0, 5n * GWEI);
    add('b1', bob, 1, 1n * GWEI);
    add('c0', carol, 0, 2n * GWEI);
    expect(names(pool.candidates(ROOMY).entries, known)).toEqual(['b0', 'a0', 'a1', 'c0', 'b1']);
  });

  it('counts the tip that the base fee leaves', () => {
    const { pool } = createTestPool();
    const high = signedTransaction(alice, { maxPriorityFeePerGas: 9n * GWEI, maxFeePerGas: 10n * GWEI });
    const low = signedTransaction(bob, { maxPriorityFeePerGas: 3n * GWEI, maxFeePerGas: 90n * GWEI });
    for (const { raw } of [high, low]) pool.admit(raw, 'local');
    const order = (baseFeePerGas: bigint) =>
      pool.candidates({ ...ROOMY, baseFeePerGas }).entries.map(({ sender }) => sender);
    expect(order(GWEI)).toEqual([alice.address, bob.address]);
    expect(order(8n * GWEI)).toEqual([bob.address, alice.address]);
    expect(order(11n * GWEI)).toEqual([bob.address]);
  });

  it('stops at count, bytes and least gas, and takes nothing of a sender after what does not fit', () => {
    const { pool, clock } = createTestPool();
    const big = signedTransaction(alice, {
      data: new Uint8Array(2_000),
      gasLimit: 100_000n,
      maxPriorityFeePerGas: 9n * GWEI,
    });
    const afterBig = signedTransaction(alice, { nonce: 1, maxPriorityFeePerGas: 8n * GWEI });
    const small = signedTransaction(bob, {});
    for (const { raw } of [big, afterBig, small]) pool.admit(raw, 'local');
    clock.advance(1_000);
    const hashes = (request: Partial<typeof ROOMY>) =>
      pool.candidates({ ...ROOMY, ...request }).entries.map(({ transaction }) => transaction.hash);
    expect(hashes({ maxCount: 2 })).toEqual([big.hash, afterBig.hash]);
    expect(hashes({ sizeLimitBytes: 1_000 })).toEqual([small.hash]);
    // The big one burns at least 21,000 + 10 x 2,000 (EIP-7623).
    expect(hashes({ gasLimit: 41_000n + 21_000n })).toEqual([big.hash, afterBig.hash]);
    expect(hashes({ gasLimit: 40_000n })).toEqual([small.hash]);
    expect(hashes({ gasLimit: 0n })).toEqual([]);
  });

  it('carries the head it was judged on', () => {
    const { pool } = createTestPool({ head: { number: 5 } });
    expect(pool.candidates(ROOMY).headHash).toBe(headHash(5));
    pool.moveTo(stateAtHead({ number: 6 }), []);
    expect(pool.candidates(ROOMY).headHash).toBe(headHash(6));
  });

  it('leaves the newest aside while there is more than a block can take', () => {
    const { pool, clock } = createTestPool();
    const old = signedTransaction(alice, {});
    pool.admit(old.raw, 'local');
    clock.advance(21);
    const fresh = signedTransaction(bob, { maxPriorityFeePerGas: 50n * GWEI });
    pool.admit(fresh.raw, 'local');
    const hashes = (maxCount: number) =>
      pool.candidates({ ...ROOMY, maxCount }).entries.map(({ transaction }) => transaction.hash);
    expect(hashes(1)).toEqual([old.hash]);
    expect(hashes(2)).toEqual([fresh.hash, old.hash]);
    clock.advance(20);
    expect(hashes(1)).toEqual([fresh.hash]);
  });

  it('takes only what the account can pay if all used their gas', () => {
    const cost = 21_000n * 100n * GWEI + 1n;
    const { pool } = createTestPool();
    for (const nonce of [0, 1, 2]) pool.admit(signedTransaction(alice, { nonce }).raw, 'local');
    pool.moveTo(stateAtHead({ number: 2, others: { nonce: 0n, balance: 2n * cost } }), [alice.address]);
    expect(pool.candidates(ROOMY).entries.map(({ transaction }) => transaction.nonce)).toEqual([0n, 1n]);
    expect(pool.status()).toEqual({ pending: 3, queued: 0 });
  });
});

describe('whether there is anything to execute', () => {
  it('asks for a fee cap that reaches the base fee', () => {
    const { pool } = createTestPool({ head: { baseFeePerGas: 10n * GWEI } });
    pool.admit(signedTransaction(alice, { maxFeePerGas: 9n * GWEI }).raw, 'local');
    expect(pool.hasCandidates).toBe(false);
    pool.moveTo(stateAtHead({ number: 2, baseFeePerGas: 9n * GWEI }), []);
    expect(pool.hasCandidates).toBe(true);
    pool.moveTo(stateAtHead({ number: 3, baseFeePerGas: 10n * GWEI }), []);
    expect(pool.hasCandidates).toBe(false);
  });
});
