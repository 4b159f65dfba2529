import { ETHER, GWEI, signedTransaction, testAccount, testAccounts } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { HeadFollower, type OpenPoolState } from '../../src/pool/head-follower.ts';
import { TransactionPool } from '../../src/pool/pool.ts';
import { DEFAULT_POOL_LIMITS } from '../../src/pool/pool-limits.ts';
import { createTestPool, type HeadFields, headHash, ROOMY, RULES, stateAtHead } from './pool-fixture.ts';

const alice = testAccount(0);
const rich = { nonce: 0n, balance: ETHER };

describe('a new head', () => {
  it('takes out what it mined, also when another transaction used the nonce', () => {
    const { pool } = createTestPool();
    const mined = [0, 1, 2].map((nonce) => signedTransaction(alice, { nonce }));
    for (const { raw } of mined) pool.admit(raw, 'local');
    pool.moveTo(stateAtHead({ number: 2, others: { nonce: 2n, balance: ETHER } }), [alice.address]);
    expect(mined.map(({ hash }) => pool.has(hash))).toEqual([false, false, true]);
    expect(pool.status()).toEqual({ pending: 1, queued: 0 });
    expect(pool.pendingNonce(alice.address)).toBe(3n);
  });

  it('still resolves what it took out, for a proposal that names it', () => {
    const { pool } = createTestPool();
    const { raw, hash } = signedTransaction(alice, {});
    pool.admit(raw, 'local');
    pool.moveTo(stateAtHead({ number: 2, others: { nonce: 1n, balance: ETHER } }), [alice.address]);
    expect(pool.resolve(hash)).toEqual({ raw, sender: alice.address });
    expect(pool.resolve(headHash(9))).toBeUndefined();
  });

  it('promotes what waited for a nonce that came another way', () => {
    const { pool } = createTestPool();
    pool.admit(signedTransaction(alice, { nonce: 1 }).raw, 'local');
    expect(pool.hasCandidates).toBe(false);
    pool.moveTo(stateAtHead({ number: 2, others: { nonce: 1n, balance: ETHER } }), [alice.address]);
    expect(pool.hasCandidates).toBe(true);
    expect(pool.status()).toEqual({ pending: 1, queued: 0 });
  });

  it('drops what can no longer be paid and queues what follows', () => {
    const { pool } = createTestPool();
    const dear = signedTransaction(alice, { nonce: 0, value: ETHER });
    const cheap = signedTransaction(alice, { nonce: 1 });
    for (const { raw } of [dear, cheap]) pool.admit(raw, 'local');
    pool.moveTo(stateAtHead({ number: 2, others: rich }), [alice.address]);
    expect(pool.has(dear.hash)).toBe(false);
    expect(pool.status()).toEqual({ pending: 0, queued: 1 });
  });

  it('looks at touched accounts alone, or at all of them', () => {
    const { pool } = createTestPool();
    const accounts = testAccounts(3);
    for (const account of accounts) pool.admit(signedTransaction(account, {}).raw, 'remote');
    const moved = { nonce: 1n, balance: ETHER };
    pool.moveTo(stateAtHead({ number: 2, others: moved }), [alice.address]);
    expect(pool.status()).toEqual({ pending: 2, queued: 0 });
    pool.moveTo(stateAtHead({ number: 3, others: moved }), 'all');
    expect(pool.status()).toEqual({ pending: 0, queued: 0 });
  });

  it('drops what its builder found invalid, but of each sender only the next one, and only on its own head', () => {
    const { pool } = createTestPool({ head: { number: 4 } });
    const [next, later] = [0, 1].map((nonce) => signedTransaction(alice, { nonce }));
    if (!next || !later) throw new Error('two were made');
    for (const { raw } of [next, later]) pool.admit(raw, 'local');
    pool.dropInvalid(headHash(3), [next.hash]);
    expect(pool.has(next.hash)).toBe(true);
    pool.dropInvalid(headHash(4), [later.hash, next.hash]);
    expect(pool.has(next.hash)).toBe(false);
    expect(pool.has(later.hash)).toBe(true);
    expect(pool.hasCandidates).toBe(false);
  });
});

describe('the head follower', () => {
  function follow(first: HeadFields) {
    let store = stateAtHead(first);
    let openCount = 0;
    const open = (): OpenPoolState => {
      openCount++;
      let isOpen = true;
      return {
        ...store,
        close() {
          if (!isOpen) throw new Error('closed twice');
          isOpen = false;
          openCount--;
        },
      };
    };
    const state = open();
    const pool = new TransactionPool({ rules: RULES, limits: DEFAULT_POOL_LIMITS, state, now: () => 0 });
    const follower = new HeadFollower({ open }, pool, state);
    return {
      pool,
      follower,
      write: (fields: HeadFields) => {
        store = stateAtHead(fields);
      },
      openCount: () => openCount,
    };
  }

  it('moves with each notice and holds one snapshot', () => {
    const { pool, follower, write, openCount } = follow({ number: 1 });
    write({ number: 2 });
    expect(follower.hear({ number: 2, hash: headHash(2), touched: [] })).toBe(true);
    expect(pool.state.headHash).toBe(headHash(2));
    expect(openCount()).toBe(1);
    follower.close();
    expect(openCount()).toBe(0);
  });

  it('waits for the notice of the head that the store already has, and then looks at the accounts of both', () => {
    const { pool, follower, write } = follow({ number: 1 });
    const bob = testAccount(1);
    for (const account of [alice, bob]) pool.admit(signedTransaction(account, {}).raw, 'remote');
    write({ number: 3, others: { nonce: 1n, balance: ETHER } });
    expect(follower.hear({ number: 2, hash: headHash(2), touched: [alice.address] })).toBe(false);
    expect(pool.state.headHash).toBe(headHash(1));
    expect(pool.status().pending).toBe(2);
    expect(follower.hear({ number: 3, hash: headHash(3), touched: [bob.address] })).toBe(true);
    expect(pool.status().pending).toBe(0);
  });

  it('ignores notices of heads that it began on or after', () => {
    const { pool, follower } = follow({ number: 5 });
    expect(follower.hear({ number: 5, hash: headHash(5), touched: 'all' })).toBe(false);
    expect(follower.hear({ number: 4, hash: headHash(4), touched: [] })).toBe(false);
    expect(pool.state.headNumber).toBe(5);
  });
});

describe('spreading again', () => {
  it('offers local transactions after three seconds, then ever more rarely, until they are gone', () => {
    const { pool, clock } = createTestPool();
    const own = signedTransaction(alice, {});
    pool.admit(own.raw, 'local');
    pool.admit(signedTransaction(testAccount(1), {}).raw, 'remote');
    const times: number[] = [];
    for (let second = 1; second <= 200; second++) {
      clock.advance(1_000);
      const due = pool.dueForRegossip(10);
      if (due.length > 0) times.push(second);
      expect(due.every((raw) => raw === own.raw)).toBe(true);
    }
    expect(times).toEqual([3, 9, 21, 45, 93, 153]);
    pool.moveTo(stateAtHead({ number: 2, others: { nonce: 1n, balance: ETHER } }), [alice.address]);
    clock.advance(100_000);
    expect(pool.dueForRegossip(10)).toEqual([]);
  });

  it('keeps to its share per round', () => {
    const { pool, clock } = createTestPool();
    for (let nonce = 0; nonce < 5; nonce++) pool.admit(signedTransaction(alice, { nonce }).raw, 'local');
    clock.advance(3_000);
    expect([pool.dueForRegossip(3).length, pool.dueForRegossip(3).length, pool.dueForRegossip(3).length]).toEqual([
      3, 2, 0,
    ]);
  });
});

describe('pages for a new peer', () => {
  it('give all transactions in order of admission, at least one a page', () => {
    const { pool } = createTestPool();
    const all = testAccounts(5).map((account) => signedTransaction(account, {}));
    for (const { raw } of all) pool.admit(raw, 'remote');
    const size = all[0]?.raw.length ?? 0;
    const seen: Uint8Array[] = [];
    const counts: number[] = [];
    let after: number | undefined = 0;
    while (after !== undefined) {
      const page: ReturnType<typeof pool.page> = pool.page(after, 2 * size + 10);
      counts.push(page.raws.length);
      seen.push(...page.raws);
      after = page.next;
    }
    expect(counts).toEqual([2, 2, 1]);
    expect(seen).toEqual(all.map(({ raw }) => raw));
    expect(pool.page(0, 1).raws).toHaveLength(1);
  });
});

describe('waiting behind a gap', () => {
  it('ends after three hours; executable ones stay', () => {
    const { pool, clock } = createTestPool();
    const queued = signedTransaction(alice, { nonce: 1 });
    const executable = signedTransaction(testAccount(1), { maxFeePerGas: GWEI / 2n, maxPriorityFeePerGas: 1n });
    for (const { raw } of [executable, queued]) pool.admit(raw, 'local');
    clock.advance(3 * 3_600_000);
    pool.expire();
    expect(pool.has(queued.hash)).toBe(true);
    clock.advance(1);
    pool.expire();
    expect(pool.has(queued.hash)).toBe(false);
    expect(pool.has(executable.hash)).toBe(true);
    expect(pool.candidates(ROOMY).entries).toEqual([]);
  });
});
