import { concatBytes, hexToBytes, signTransaction } from '@heddle/primitives';
import { creation, ETHER, GWEI, signedTransaction, testAccount, transfer, unsignedTransaction } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import type { TransactionPool } from '../../src/pool/pool.ts';
import { createTestPool, ROOMY, stateAtHead } from './pool-fixture.ts';

const alice = testAccount(0);
const bob = testAccount(1);

function refusal(pool: TransactionPool, raw: Uint8Array) {
  const outcome = pool.admit(raw, 'local');
  return outcome.accepted ? 'accepted' : { code: outcome.code, message: outcome.message };
}

describe('form', () => {
  it('refuses blob transactions in clear words, before their size', () => {
    const { pool } = createTestPool();
    const blob = concatBytes(Uint8Array.of(3), new Uint8Array(200_000));
    expect(refusal(pool, blob)).toEqual({ code: -32000, message: 'blob transactions are not supported yet' });
  });

  it('answers bytes that are no transaction with invalid params', () => {
    const { pool } = createTestPool();
    expect(refusal(pool, new Uint8Array())).toEqual({ code: -32602, message: 'empty transaction data' });
    expect(refusal(pool, Uint8Array.of(2))).toEqual({ code: -32602, message: 'typed transaction too short' });
    expect(refusal(pool, hexToBytes('0x02c0'))).toMatchObject({ code: -32602 });
    expect(refusal(pool, hexToBytes('0x0500'))).toEqual({ code: -32000, message: 'transaction type not supported' });
  });

  it('refuses another chain, and takes a legacy transaction that names none', () => {
    const { pool } = createTestPool();
    expect(refusal(pool, signedTransaction(alice, { chainId: 5n }).raw)).toEqual({
      code: -32000,
      message: 'invalid sender: invalid chain id for signer: have 5 want 31337',
    });
    const unprotected = signTransaction({ ...unsignedTransaction({ type: 0 }), chainId: undefined }, alice.privateKey);
    expect(refusal(pool, unprotected.raw)).toBe('accepted');
  });

  it('refuses gas above the transaction cap and above the block limit', () => {
    const { pool } = createTestPool();
    expect(refusal(pool, signedTransaction(alice, { gasLimit: 16_777_217n }).raw)).toEqual({
      code: -32000,
      message: 'transaction gas limit too high (cap: 16777216, tx: 16777217)',
    });
    expect(refusal(pool, signedTransaction(alice, { gasLimit: 16_777_216n }).raw)).toBe('accepted');
    const uncapped = createTestPool({ rules: { transactionGasCap: undefined } }).pool;
    expect(refusal(uncapped, signedTransaction(alice, { gasLimit: 30_000_001n }).raw)).toEqual({
      code: -32000,
      message: 'exceeds block gas limit',
    });
  });

  it('refuses too little gas for the data, by intrinsic gas and by floor', () => {
    const { pool } = createTestPool();
    const data = new Uint8Array(100).fill(1);
    expect(refusal(pool, signedTransaction(alice, { gasLimit: 22_599n, data }).raw)).toEqual({
      code: -32000,
      message: 'intrinsic gas too low: gas 22599, minimum needed 22600',
    });
    expect(refusal(pool, signedTransaction(alice, { gasLimit: 24_999n, data }).raw)).toEqual({
      code: -32000,
      message: 'insufficient gas for floor data gas cost: gas 24999, minimum needed 25000',
    });
    expect(refusal(pool, signedTransaction(alice, { gasLimit: 25_000n, data }).raw)).toBe('accepted');
  });

  it('refuses a tip above the fee cap, too much init code, too many bytes and an empty authorization list', () => {
    const { pool } = createTestPool();
    const tipped = signedTransaction(alice, { maxFeePerGas: 1n, maxPriorityFeePerGas: 2n });
    expect(refusal(pool, tipped.raw)).toEqual({
      code: -32000,
      message: 'max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas: 2, maxFeePerGas: 1',
    });
    expect(refusal(pool, creation(alice, new Uint8Array(49_153), { gasLimit: 10_000_000n }).raw)).toEqual({
      code: -32000,
      message: 'max initcode size exceeded: code size 49153, limit 49152',
    });
    const large = signedTransaction(alice, { data: new Uint8Array(131_072), gasLimit: 10_000_000n });
    expect(refusal(pool, large.raw)).toEqual({
      code: -32000,
      message: `oversized data: transaction size ${large.raw.length}, limit 131072`,
    });
    const none = signedTransaction(alice, { type: 4, gasLimit: 100_000n });
    expect(refusal(pool, none.raw)).toEqual({
      code: -32000,
      message: 'set code tx must have at least one authorization tuple',
    });
  });

  it('refuses a signature that belongs to nobody, and the last nonce', () => {
    const { pool } = createTestPool();
    const good = signedTransaction(alice, {});
    const broken = good.raw.slice();
    broken.fill(0xff, broken.length - 32); // s above half the order
    expect(refusal(pool, broken)).toEqual({
      code: -32000,
      message: 'invalid sender: invalid transaction v, r, s values',
    });
    expect(refusal(pool, signedTransaction(alice, { nonce: 2n ** 64n - 1n }).raw)).toEqual({
      code: -32000,
      message: 'nonce has max value',
    });
  });

  it('says of each refusal whether any head could change it', () => {
    const { pool } = createTestPool({ head: { others: { nonce: 3n, balance: ETHER } } });
    expect(pool.admit(signedTransaction(alice, { chainId: 5n }).raw, 'remote')).toMatchObject({ isForever: true });
    expect(pool.admit(signedTransaction(alice, { nonce: 2 }).raw, 'remote')).toMatchObject({ isForever: false });
  });
});

describe('nonces and funds', () => {
  it('refuses a nonce that is used', () => {
    const { pool } = createTestPool({ head: { others: { nonce: 7n, balance: ETHER } } });
    expect(refusal(pool, signedTransaction(alice, { nonce: 6 }).raw)).toEqual({
      code: -32000,
      message: 'nonce too low: next nonce 7, tx nonce 6',
    });
  });

  it('knows what it holds already', () => {
    const { pool } = createTestPool();
    const { raw } = signedTransaction(alice, {});
    expect(refusal(pool, raw)).toBe('accepted');
    expect(refusal(pool, raw)).toEqual({ code: -32000, message: 'already known' });
  });

  it('refuses what its sender cannot pay, alone or together with what is pooled', () => {
    const cost = 21_000n * 100n * GWEI + 1n;
    const { pool } = createTestPool({ head: { others: { nonce: 0n, balance: 2n * cost } } });
    expect(refusal(pool, transfer(alice, bob, 3n * cost).raw)).toEqual({
      code: -32000,
      message: `insufficient funds for gas * price + value: balance ${2n * cost}, tx cost ${4n * cost - 1n}, overshot ${2n * cost - 1n}`,
    });
    expect(refusal(pool, signedTransaction(alice, { nonce: 0 }).raw)).toBe('accepted');
    expect(refusal(pool, signedTransaction(alice, { nonce: 1 }).raw)).toBe('accepted');
    expect(refusal(pool, signedTransaction(alice, { nonce: 2 }).raw)).toEqual({
      code: -32000,
      message: `insufficient funds for gas * price + value: balance ${2n * cost}, queued cost ${2n * cost}, tx cost ${cost}, overshot ${cost}`,
    });
    expect(
      refusal(
        pool,
        signedTransaction(alice, { nonce: 1, maxFeePerGas: 200n * GWEI, maxPriorityFeePerGas: 2n * GWEI }).raw,
      ),
    ).toEqual({
      code: -32000,
      message: `insufficient funds for gas * price + value: balance ${2n * cost}, queued cost ${2n * cost}, tx bumped ${cost - 1n}, overshot ${cost - 1n}`,
    });
  });

  it('counts a replaced queued transaction in full, since it is in no sum yet', () => {
    const cost = 21_000n * 100n * GWEI + 1n;
    const { pool } = createTestPool({ head: { others: { nonce: 0n, balance: 3n * cost } } });
    expect(refusal(pool, signedTransaction(alice, { nonce: 0 }).raw)).toBe('accepted');
    expect(refusal(pool, signedTransaction(alice, { nonce: 5 }).raw)).toBe('accepted');
    const newer = { nonce: 5, maxFeePerGas: 210n * GWEI, maxPriorityFeePerGas: 2n * GWEI };
    expect(refusal(pool, signedTransaction(alice, newer).raw)).toMatchObject({
      message: expect.stringContaining(`queued cost ${cost}, tx cost`),
    });
  });

  it('queues behind a gap and promotes when the gap closes, in any order of arrival', () => {
    const { pool } = createTestPool();
    for (const nonce of [2, 3, 1]) expect(refusal(pool, signedTransaction(alice, { nonce }).raw)).toBe('accepted');
    expect(pool.status()).toEqual({ pending: 0, queued: 3 });
    expect(pool.pendingNonce(alice.address)).toBe(0n);
    expect(pool.hasCandidates).toBe(false);
    expect(refusal(pool, signedTransaction(alice, { nonce: 0 }).raw)).toBe('accepted');
    expect(pool.status()).toEqual({ pending: 4, queued: 0 });
    expect(pool.pendingNonce(alice.address)).toBe(4n);
    expect(pool.candidates(ROOMY).entries.map(({ transaction }) => transaction.nonce)).toEqual([0n, 1n, 2n, 3n]);
  });

  it('begins empty and judges by the head it finds, as after a restart', () => {
    const { pool } = createTestPool({ head: { number: 41, others: { nonce: 9n, balance: ETHER } } });
    expect(pool.status()).toEqual({ pending: 0, queued: 0 });
    expect(pool.pendingNonce(alice.address)).toBe(9n);
    expect(pool.hasExecutable(alice.address)).toBe(false);
    expect(refusal(pool, signedTransaction(alice, { nonce: 9 }).raw)).toBe('accepted');
    expect(pool.pendingNonce(alice.address)).toBe(10n);
  });
});

describe('replacement', () => {
  const base = { nonce: 0, maxFeePerGas: 100n, maxPriorityFeePerGas: 10n };
  const head = { baseFeePerGas: 1n };

  it('takes ten percent more of both fee cap and tip, and not less', () => {
    const { pool } = createTestPool({ head });
    const older = signedTransaction(alice, base);
    expect(refusal(pool, older.raw)).toBe('accepted');
    for (const [cap, tip] of [
      [109n, 11n],
      [110n, 10n],
      [200n, 10n],
      [100n, 10n],
    ] as const) {
      const newer = signedTransaction(alice, { ...base, value: 2n, maxFeePerGas: cap, maxPriorityFeePerGas: tip });
      expect(refusal(pool, newer.raw)).toEqual({ code: -32000, message: 'replacement transaction underpriced' });
    }
    const newer = signedTransaction(alice, { ...base, maxFeePerGas: 110n, maxPriorityFeePerGas: 11n });
    expect(refusal(pool, newer.raw)).toBe('accepted');
    expect(pool.has(older.hash)).toBe(false);
    expect(pool.status()).toEqual({ pending: 1, queued: 0 });
    expect(pool.candidates({ ...ROOMY, baseFeePerGas: 1n }).entries.map((entry) => entry.transaction.hash)).toEqual([
      newer.hash,
    ]);
  });

  it('wants more even where ten percent round to nothing', () => {
    const { pool } = createTestPool({ head });
    expect(refusal(pool, signedTransaction(alice, { ...base, maxPriorityFeePerGas: 0n }).raw)).toBe('accepted');
    const same = signedTransaction(alice, { ...base, maxFeePerGas: 200n, maxPriorityFeePerGas: 0n });
    expect(refusal(pool, same.raw)).toMatchObject({ message: 'replacement transaction underpriced' });
  });
});

describe('too slow', () => {
  it('stays out for ten minutes and then may come again', () => {
    const { pool, clock } = createTestPool();
    const { raw, hash } = signedTransaction(alice, {});
    const after = signedTransaction(alice, { nonce: 1 });
    expect(refusal(pool, raw)).toBe('accepted');
    expect(refusal(pool, after.raw)).toBe('accepted');
    pool.refuseForAWhile(hash, 'tooSlow');
    expect(pool.status()).toEqual({ pending: 0, queued: 1 });
    expect(refusal(pool, raw)).toEqual({ code: -32000, message: 'transaction exceeds the block build time' });
    clock.advance(599_999);
    expect(refusal(pool, raw)).toMatchObject({ message: 'transaction exceeds the block build time' });
    clock.advance(1);
    expect(refusal(pool, raw)).toBe('accepted');
    expect(pool.status()).toEqual({ pending: 2, queued: 0 });
  });

  it('has other words for what could not be run', () => {
    const { pool } = createTestPool();
    const { raw, hash } = signedTransaction(alice, {});
    expect(refusal(pool, raw)).toBe('accepted');
    pool.refuseForAWhile(hash, 'failed');
    expect(pool.status()).toEqual({ pending: 0, queued: 0 });
    expect(refusal(pool, raw)).toEqual({ code: -32000, message: 'transaction cannot be executed by this node' });
  });

  it('is remembered for a transaction that only its proposer held', () => {
    const { pool } = createTestPool();
    const { raw, hash } = signedTransaction(alice, {});
    pool.refuseForAWhile(hash, 'tooSlow');
    expect(refusal(pool, raw)).toMatchObject({ message: 'transaction exceeds the block build time' });
    pool.moveTo(stateAtHead({ number: 2 }), 'all');
    expect(refusal(pool, raw)).toMatchObject({ message: 'transaction exceeds the block build time' });
  });
});
