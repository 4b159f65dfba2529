import { type Address, effectiveTip, type Transaction } from '@heddle/primitives';
import {
  createRandom,
  ETHER,
  GWEI,
  type Random,
  seedFromEnvironment,
  signedTransaction,
  testAccounts,
} from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import type { TransactionPool } from '../../src/pool/pool.ts';
import type { PoolAccount } from '../../src/pool/sender-transactions.ts';
import { createTestPool, ROOMY, stateAtHead } from './pool-fixture.ts';

const ACCOUNTS = testAccounts(5, 'model');
const SEQUENCES = 60;
const STEPS = 120;

interface ModelEntry {
  readonly transaction: Transaction;
  readonly sender: Address;
  readonly cost: bigint;
  readonly order: number;
}

/** The pool's rules again, as plainly as they can be said: a list that is searched anew for every question. */
class NaivePool {
  entries: ModelEntry[] = [];
  accounts: Map<Address, PoolAccount>;
  #order = 0;

  constructor(accounts: Map<Address, PoolAccount>) {
    this.accounts = accounts;
  }

  account(address: Address): PoolAccount {
    return this.accounts.get(address) ?? { nonce: 0n, balance: 0n };
  }

  at(sender: Address, nonce: bigint) {
    return this.entries.find((entry) => entry.sender === sender && entry.transaction.nonce === nonce);
  }

  executable(sender: Address): ModelEntry[] {
    const run: ModelEntry[] = [];
    let { nonce } = this.account(sender);
    for (let next = this.at(sender, nonce); next !== undefined; next = this.at(sender, ++nonce)) run.push(next);
    return run;
  }

  admit(transaction: Transaction, sender: Address): boolean {
    const { nonce, balance } = this.account(sender);
    const cost = transaction.gasLimit * transaction.maxFeePerGas + transaction.value;
    const older = this.at(sender, transaction.nonce);
    if (this.entries.some((entry) => entry.transaction.hash === transaction.hash)) return false;
    if (transaction.nonce < nonce || cost > balance) return false;
    const others = this.executable(sender).filter((entry) => entry !== older);
    if (others.reduce((sum, entry) => sum + entry.cost, cost) > balance) return false;
    if (older) {
      // The threshold is rounded down, as geth's integer division does.
      const enough = (newFee: bigint, oldFee: bigint) => newFee > oldFee && newFee * 100n >= oldFee * 110n - 99n;
      if (!enough(transaction.maxFeePerGas, older.transaction.maxFeePerGas)) return false;
      if (!enough(transaction.maxPriorityFeePerGas, older.transaction.maxPriorityFeePerGas)) return false;
      this.entries = this.entries.filter((entry) => entry !== older);
    }
    this.entries.push({ transaction, sender, cost, order: this.#order++ });
    return true;
  }

  moveTo(accounts: Map<Address, PoolAccount>) {
    this.accounts = accounts;
    this.entries = this.entries.filter(({ sender, transaction, cost }) => {
      const { nonce, balance } = this.account(sender);
      return transaction.nonce >= nonce && cost <= balance;
    });
  }

  candidates(baseFeePerGas: bigint): Transaction[] {
    const runs = ACCOUNTS.map(({ address }) => {
      let left = this.account(address).balance;
      const run: ModelEntry[] = [];
      for (const entry of this.executable(address)) {
        left -= entry.cost;
        if (left < 0n || effectiveTip(entry.transaction, baseFeePerGas) < 0n) break;
        run.push(entry);
      }
      return run;
    });
    const picked: Transaction[] = [];
    for (;;) {
      const tops = runs.map((run) => run[0]).filter((entry) => entry !== undefined);
      const best = tops.sort((left, right) => {
        const gain = effectiveTip(right.transaction, baseFeePerGas) - effectiveTip(left.transaction, baseFeePerGas);
        return gain !== 0n ? (gain > 0n ? 1 : -1) : left.order - right.order;
      })[0];
      if (best === undefined) return picked;
      picked.push(best.transaction);
      runs.find((run) => run[0] === best)?.shift();
    }
  }
}

function randomTransaction(random: Random, model: NaivePool) {
  const from = random.pick(ACCOUNTS);
  const { nonce } = model.account(from.address);
  const maxFeePerGas = BigInt(random.int(1, 40)) * GWEI;
  const transaction = signedTransaction(from, {
    nonce: nonce + BigInt(random.int(nonce > 0n ? -1 : 0, 5)),
    maxFeePerGas,
    maxPriorityFeePerGas: BigInt(random.int(0, Number(maxFeePerGas / GWEI))) * GWEI,
    value: random.chance(0.2) ? random.bigint(0n, ETHER / 200n) : 1n,
  });
  return { transaction, sender: from.address };
}

function randomAccounts(random: Random, previous: ReadonlyMap<Address, PoolAccount>) {
  return new Map(
    [...previous].map(([address, { nonce, balance }]) => {
      if (random.chance(0.5)) return [address, { nonce, balance }];
      return [address, { nonce: nonce + BigInt(random.int(0, 3)), balance: random.bigint(0n, ETHER / 100n) }];
    }),
  );
}

function expectSame(pool: TransactionPool, model: NaivePool, baseFeePerGas: bigint, where: string) {
  const pending = ACCOUNTS.reduce((sum, { address }) => sum + model.executable(address).length, 0);
  expect(pool.status(), where).toEqual({ pending, queued: model.entries.length - pending });
  const expected = model.candidates(baseFeePerGas);
  const found = pool.candidates({ ...ROOMY, baseFeePerGas }).entries;
  expect(
    found.map((entry) => entry.transaction.hash),
    where,
  ).toEqual(expected.map(({ hash }) => hash));
  expect(pool.hasCandidates, where).toBe(expected.length > 0);
  for (const { address } of ACCOUNTS) {
    const next = model.account(address).nonce + BigInt(model.executable(address).length);
    expect(pool.pendingNonce(address), where).toBe(next);
  }
}

describe('the pool against a naive one', () => {
  it('takes, refuses, orders and drops the same', () => {
    const seed = seedFromEnvironment('pool model');
    for (let sequence = 0; sequence < SEQUENCES; sequence++) {
      const random = createRandom(`${seed}/${sequence}`);
      let accounts = new Map(ACCOUNTS.map(({ address }) => [address, { nonce: 0n, balance: ETHER / 100n }]));
      let baseFeePerGas = GWEI;
      const model = new NaivePool(accounts);
      const { pool } = createTestPool({ head: { accounts, others: undefined } });
      for (let step = 0; step < STEPS; step++) {
        const where = `sequence ${sequence}, step ${step}`;
        if (random.chance(0.9)) {
          const { transaction, sender } = randomTransaction(random, model);
          const outcome = pool.admit(transaction.raw, random.chance(0.5) ? 'local' : 'remote');
          expect(outcome.accepted, `${where}: ${JSON.stringify(outcome)}`).toBe(model.admit(transaction, sender));
        } else {
          const before = accounts;
          accounts = randomAccounts(random, accounts);
          baseFeePerGas = BigInt(random.int(1, 20)) * GWEI;
          const touched = [...accounts.keys()].filter((address) => accounts.get(address) !== before.get(address));
          pool.moveTo(stateAtHead({ number: step + 2, baseFeePerGas, accounts, others: undefined }), touched);
          model.moveTo(accounts);
        }
        expectSame(pool, model, baseFeePerGas, where);
      }
    }
  });
});
