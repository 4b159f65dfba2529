import { GWEI, signedTransaction, type TestAccount, testAccount, testAccounts } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { ENTRY_OVERHEAD_BYTES } from '../../src/pool/pool-limits.ts';
import { RefusedHashes, RememberedTransactions } from '../../src/pool/remembered.ts';
import { createTestPool, headHash } from './pool-fixture.ts';

const [alice, bob, carol, dave] = testAccounts(4) as [TestAccount, TestAccount, TestAccount, TestAccount];

/** A transfer with this tip in gwei. */
function tipping(from: TestAccount, nonce: number, tip: number) {
  return signedTransaction(from, { nonce, maxPriorityFeePerGas: BigInt(tip) * GWEI });
}

const FULL = { accepted: false, code: -32000, message: 'txpool is full' };

describe('a sender', () => {
  it('holds so many transactions and no more, but may replace', () => {
    const { pool } = createTestPool({ limits: { perAccount: 2 } });
    for (const nonce of [0, 5]) expect(pool.admit(tipping(alice, nonce, 1).raw, 'local').accepted).toBe(true);
    expect(pool.admit(tipping(alice, 1, 1).raw, 'local')).toMatchObject({
      code: -32000,
      message: 'account limit exceeded: pooled 2 txs',
    });
    const newer = signedTransaction(alice, { nonce: 5, maxFeePerGas: 200n * GWEI, maxPriorityFeePerGas: 9n * GWEI });
    expect(pool.admit(newer.raw, 'local').accepted).toBe(true);
    expect(pool.admit(tipping(bob, 0, 1).raw, 'local').accepted).toBe(true);
  });
});

describe('a full pool', () => {
  it('refuses what offers no more than the cheapest that may go', () => {
    const { pool } = createTestPool({ limits: { transactionCount: 2, guaranteedPerAccount: 0 } });
    pool.admit(tipping(alice, 0, 3).raw, 'local');
    pool.admit(tipping(bob, 0, 2).raw, 'local');
    expect(pool.admit(tipping(carol, 0, 2).raw, 'local')).toMatchObject(FULL);
    const better = tipping(carol, 0, 4);
    expect(pool.admit(better.raw, 'local').accepted).toBe(true);
    expect(pool.hasExecutable(bob.address)).toBe(false);
    expect(pool.hasExecutable(alice.address)).toBe(true);
    expect(pool.status()).toEqual({ pending: 2, queued: 0 });
  });

  it('gives up queued ones first, for any executable newcomer', () => {
    const { pool } = createTestPool({ limits: { transactionCount: 2, guaranteedPerAccount: 0 } });
    const queued = tipping(alice, 7, 90);
    pool.admit(queued.raw, 'local');
    pool.admit(tipping(bob, 0, 2).raw, 'local');
    expect(pool.admit(tipping(carol, 5, 90).raw, 'local')).toMatchObject(FULL); // queued, and offers no more
    expect(pool.admit(tipping(carol, 0, 1).raw, 'local').accepted).toBe(true);
    expect(pool.has(queued.hash)).toBe(false);
  });

  it('never takes an executable one for a queued one', () => {
    const { pool } = createTestPool({ limits: { transactionCount: 1, guaranteedPerAccount: 0 } });
    pool.admit(tipping(alice, 0, 1).raw, 'local');
    expect(pool.admit(tipping(bob, 1, 99).raw, 'local')).toMatchObject(FULL);
  });

  it('takes the last of a sender, so that nothing is stranded, and never below its guarantee', () => {
    const { pool } = createTestPool({ limits: { transactionCount: 3, guaranteedPerAccount: 2 } });
    const burst = [5, 1, 9].map((tip, nonce) => tipping(alice, nonce, tip));
    for (const { raw } of burst) pool.admit(raw, 'local');
    expect(pool.admit(tipping(bob, 0, 9).raw, 'local')).toMatchObject(FULL); // the last offers 9 too
    expect(pool.admit(tipping(bob, 0, 10).raw, 'local').accepted).toBe(true);
    expect(burst.map(({ hash }) => pool.has(hash))).toEqual([true, true, false]);
    expect(pool.admit(tipping(carol, 0, 99).raw, 'local')).toMatchObject(FULL); // all are guaranteed
  });

  it('does not make a sender pay for its own newcomer', () => {
    const { pool } = createTestPool({ limits: { transactionCount: 1, guaranteedPerAccount: 0 } });
    pool.admit(tipping(alice, 0, 1).raw, 'local');
    expect(pool.admit(tipping(alice, 1, 50).raw, 'local')).toMatchObject(FULL);
  });

  it('still takes replacements', () => {
    const { pool } = createTestPool({ limits: { transactionCount: 1 } });
    pool.admit(tipping(alice, 0, 1).raw, 'local');
    const newer = signedTransaction(alice, { maxFeePerGas: 200n * GWEI, maxPriorityFeePerGas: 2n * GWEI });
    expect(pool.admit(newer.raw, 'local').accepted).toBe(true);
    expect(pool.status()).toEqual({ pending: 1, queued: 0 });
  });

  it('counts bytes as well', () => {
    const one = tipping(alice, 0, 1);
    const totalBytes = 2 * (one.raw.length + ENTRY_OVERHEAD_BYTES);
    const { pool } = createTestPool({ limits: { totalBytes, guaranteedPerAccount: 0 } });
    pool.admit(one.raw, 'local');
    pool.admit(tipping(bob, 0, 2).raw, 'local');
    expect(pool.admit(tipping(carol, 0, 1).raw, 'local')).toMatchObject(FULL);
    expect(pool.admit(tipping(carol, 0, 3).raw, 'local').accepted).toBe(true);
    expect(pool.has(one.hash)).toBe(false);
  });

  it('looks again for a refused offer once something came in that it could outbid', () => {
    const small = tipping(alice, 0, 5);
    const sizeOfSmall = small.raw.length + ENTRY_OVERHEAD_BYTES;
    const { pool } = createTestPool({ limits: { totalBytes: 2 * sizeOfSmall + 500, guaranteedPerAccount: 0 } });
    pool.admit(small.raw, 'local');
    const data = new Uint8Array(sizeOfSmall);
    const large = signedTransaction(bob, { data, gasLimit: 100_000n, maxPriorityFeePerGas: 4n * GWEI });
    expect(pool.admit(large.raw, 'local')).toMatchObject(FULL);
    expect(pool.admit(tipping(carol, 0, 3).raw, 'local').accepted).toBe(true);
    const medium = signedTransaction(dave, {
      data: new Uint8Array(400),
      gasLimit: 100_000n,
      maxPriorityFeePerGas: 4n * GWEI,
    });
    expect(pool.admit(medium.raw, 'local').accepted).toBe(true);
  });

  it('makes room for a hundredth of itself at once', () => {
    const { pool } = createTestPool({ limits: { transactionCount: 200, guaranteedPerAccount: 0 } });
    for (const account of testAccounts(200, 'crowd')) pool.admit(tipping(account, 0, 1).raw, 'remote');
    expect(pool.admit(tipping(testAccount(0, 'rich'), 0, 2).raw, 'remote').accepted).toBe(true);
    expect(pool.status()).toEqual({ pending: 199, queued: 0 });
  });
});

describe('memories', () => {
  it('of transactions that left are bounded by count and bytes, oldest first', () => {
    const memory = new RememberedTransactions({ count: 3, sizeBytes: 100 });
    const add = (number: number, size: number) =>
      memory.add(headHash(number), { raw: new Uint8Array(size), sender: alice.address });
    for (const number of [1, 2, 3, 4]) add(number, 10);
    expect([1, 2, 3, 4].map((number) => memory.get(headHash(number)) !== undefined)).toEqual([false, true, true, true]);
    add(5, 85);
    expect([2, 3, 4, 5].map((number) => memory.get(headHash(number)) !== undefined)).toEqual([
      false,
      false,
      true,
      true,
    ]);
    add(6, 101);
    expect(memory.get(headHash(6))).toBeUndefined();
  });

  it('of refused ones are bounded too', () => {
    const refused = new RefusedHashes(2);
    for (const number of [1, 2, 3]) refused.add(headHash(number), `reason ${number}`, 100);
    const reasons = [1, 2, 3].map((number) => refused.get(headHash(number), 50));
    expect(reasons).toEqual([undefined, 'reason 2', 'reason 3']);
    expect(refused.get(headHash(3), 100)).toBeUndefined();
  });
});
