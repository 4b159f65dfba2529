import { type Address, type ExecutionRules, type Fork, hexToBytes, ZERO_ADDRESS } from '@heddle/primitives';
import {
  assemble,
  ETHER,
  GWEI,
  initCodeOf,
  signedTransaction,
  type TestAccount,
  type TransactionFields,
  testAccount,
  testAccounts,
} from '@heddle/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InspectableExecutor } from '../../src/executor.ts';
import type { SenderTransaction } from '../../src/executor-api.ts';
import { differenceFromOracle } from './compare.ts';
import { CONTRACTS, contractAccounts } from './contracts.ts';
import { createOracle, type Oracle } from './oracle.ts';
import { authorize } from './random-blocks.ts';
import {
  BENEFICIARY,
  createTestChain,
  environment,
  genesisAccount,
  noCancel,
  RULES,
  type TestChain,
} from './test-chain.ts';

// The traps of parallel execution, by number of research/parallel-evm.md 4: the smallest block of each, between
// transactions that have nothing to do with it, so that workers run it in other orders than it stands.

const people = testAccounts(30, 'people');
const S = testAccount(0, 'sender');
const A = testAccount(1, 'authority');
const D = testAccount(2, 'delegated');
const EMPTY = testAccount(3, 'empty');
const EXACT = testAccount(4, 'exact');
const FRESH: Address = `0x${'ab'.repeat(20)}`;
/** Times that each block runs on two workers. */
const ROUNDS = 6;

interface World {
  readonly chain: TestChain;
  readonly executors: readonly InspectableExecutor[];
  readonly oracle: Oracle;
}

const worlds = new Map<Fork, World>();
beforeAll(async () => {
  for (const fork of ['osaka', 'shanghai'] as const) worlds.set(fork, await createWorld({ ...RULES, fork }));
}, 60_000);
afterAll(async () => {
  for (const { chain } of worlds.values()) await chain.close();
});

async function createWorld(rules: ExecutionRules): Promise<World> {
  const delegation = Buffer.concat([Uint8Array.of(0xef, 0x01, 0x00), hexToBytes(CONTRACTS.wallet)]);
  const isOsaka = rules.fork === 'osaka';
  const alloc = [
    ...[...people, S, A].map(({ address }) => genesisAccount(address, 10n * ETHER)),
    genesisAccount(D.address, ETHER, isOsaka ? { nonce: 1n, code: delegation } : {}),
    genesisAccount(EXACT.address, 21_000n * 2n * GWEI + 5n),
    ...contractAccounts([...people, S, A].map(({ address }) => address)),
  ];
  const chain = await createTestChain(alloc);
  const executors = [await chain.start(1, { rules }), await chain.start(2, { rules })];
  return { chain, executors, oracle: await createOracle(rules, alloc) };
}

type Words = readonly (number | bigint | Address)[];

function send(from: TestAccount, fields: TransactionFields): SenderTransaction {
  const { raw } = signedTransaction(from, { maxFeePerGas: 3n * GWEI, gasLimit: 400_000n, value: 0n, ...fields });
  return { raw, sender: from.address };
}

function call(from: TestAccount, to: Address, words: Words = [], fields: TransactionFields = {}): SenderTransaction {
  const data = Buffer.from(words.map((word) => BigInt(word).toString(16).padStart(64, '0')).join(''), 'hex');
  return send(from, { to, data, ...fields });
}

const pay = (from: TestAccount, to: Address, value: bigint, fields: TransactionFields = {}) =>
  send(from, { to, value, gasLimit: 21_000n, ...fields });
const person = (index: number) => people[index] as TestAccount;
const factory = (from: TestAccount, salt: number, action: number, fields = {}) =>
  call(from, CONTRACTS.factory, [salt, action], fields);
const delegate = (from: TestAccount, authority: TestAccount, target: Address, nonce: number, fields = {}) =>
  send(from, { type: 4, to: FRESH, authorizationList: [authorize(authority, target, nonce)], ...fields });

interface Trap {
  readonly number: number | string;
  readonly name: string;
  readonly block: () => readonly SenderTransaction[];
  readonly fork?: Fork;
  readonly beneficiary?: Address;
  /** Transactions that cannot stand there; the block is then also built. */
  readonly leftOut?: number;
  readonly gasLimit?: bigint;
}

const TRAPS: readonly Trap[] = [
  {
    number: 1,
    name: 'the beneficiary pays from fees that it earned in the block',
    beneficiary: EMPTY.address,
    block: () => [
      call(S, CONTRACTS.counter, [], { maxPriorityFeePerGas: 2n * GWEI }),
      pay(EMPTY, FRESH, 3n, { maxFeePerGas: GWEI + 1n, maxPriorityFeePerGas: 1n }),
    ],
  },
  {
    number: 2,
    name: "who reads the beneficiary's balance sees the fees before it and not its own",
    block: () => [pay(S, FRESH, 1n), call(A, CONTRACTS.observer, [FRESH]), pay(person(20), FRESH, 1n)],
  },
  {
    number: 3,
    name: 'a fee does not revive a beneficiary that the same transaction destroyed',
    fork: 'shanghai',
    beneficiary: CONTRACTS.mortal,
    block: () => [call(S, CONTRACTS.mortal)],
  },
  {
    number: 4,
    name: 'no tip makes no beneficiary',
    block: () => [pay(S, FRESH, 1n, { maxPriorityFeePerGas: 0n }), pay(A, FRESH, 1n, { maxPriorityFeePerGas: 0n })],
  },
  {
    number: 5,
    name: 'the beneficiary is sender and recipient',
    beneficiary: S.address,
    block: () => [pay(S, S.address, 1n), pay(A, S.address, 1n), pay(S, S.address, 2n, { nonce: 1 })],
  },
  {
    number: '7, 8',
    name: 'a contract that was destroyed and made again has none of its old slots',
    fork: 'shanghai',
    block: () => [
      factory(person(20), 1, 0),
      factory(person(21), 1, 2),
      factory(person(22), 1, 2),
      factory(person(23), 1, 3),
      factory(person(24), 1, 0),
      factory(person(25), 1, 2),
    ],
  },
  {
    number: 9,
    name: 'an equal value on the other side of a destruction is another value',
    fork: 'shanghai',
    block: () => [0, 3, 0, 2, 3, 0, 2].map((action, index) => factory(person(20 + index), 1, action)),
  },
  {
    number: '10, 19',
    name: 'made and destroyed in one transaction',
    block: () => [factory(S, 1, 1), factory(A, 1, 1), factory(person(20), 2, 1), factory(person(21), 1, 0)],
  },
  {
    number: 13,
    name: 'the second CREATE2 of one address fails',
    block: () => [factory(S, 1, 0), factory(A, 1, 0), factory(person(20), 1, 0)],
  },
  {
    number: 14,
    name: 'a factory gives addresses in order',
    block: () => [factory(S, 1, 4), factory(A, 1, 4), factory(person(20), 1, 4)],
  },
  {
    number: 16,
    name: 'nothing sent to nobody makes nobody',
    block: () => [
      pay(S, FRESH, 0n),
      call(A, CONTRACTS.payer, [FRESH, 0]),
      call(person(20), CONTRACTS.payer, [FRESH, 1]),
    ],
  },
  {
    number: 20,
    name: 'a creation that is reverted leaves no trace',
    block: () => [factory(S, 1, 5), factory(A, 1, 0), factory(person(20), 1, 2)],
  },
  {
    number: 21,
    name: 'the second transaction with one nonce is left out',
    block: () => [pay(S, FRESH, 1n), pay(S, FRESH, 2n)],
    leftOut: 1,
  },
  {
    number: 22,
    name: 'a gap of nonces ends at once',
    block: () => [pay(S, FRESH, 1n), pay(S, FRESH, 2n, { nonce: 2 })],
    leftOut: 1,
  },
  {
    number: 23,
    name: 'a sender is funded inside the block',
    block: () => [pay(S, EMPTY.address, ETHER), pay(EMPTY, FRESH, ETHER / 2n)],
  },
  {
    number: 24,
    name: 'a sender is drained inside the block',
    block: () => [call(S, D.address, [1]), pay(D, FRESH, ETHER / 2n, { nonce: 1 })],
    leftOut: 1,
  },
  {
    number: 25,
    name: "a sender's own authorization raises its nonce by two",
    block: () => [delegate(S, S, CONTRACTS.wallet, 1), pay(S, FRESH, 1n, { nonce: 2, gasLimit: 60_000n })],
  },
  {
    number: 26,
    name: "an authority's nonce was moved by another transaction",
    block: () => [pay(A, FRESH, 1n), delegate(S, A, CONTRACTS.wallet, 0), call(person(20), A.address, [0])],
  },
  {
    number: 27,
    name: 'an account that delegates creates in its own frame',
    block: () => [call(S, D.address, [2]), pay(D, FRESH, 1n, { nonce: 2, gasLimit: 60_000n })],
  },
  {
    number: '28, 30',
    name: 'delegated twice: the second code runs on the slots of the first',
    block: () => [
      delegate(S, A, CONTRACTS.wallet, 0),
      call(person(20), A.address, [0]),
      delegate(person(21), A, CONTRACTS.otherWallet, 1),
      call(person(22), A.address, [0]),
    ],
  },
  {
    number: 29,
    name: 'a delegation that was cleared leaves an account that may send',
    block: () => [
      delegate(S, D, ZERO_ADDRESS, 1),
      pay(D, FRESH, 1n, { nonce: 2 }),
      call(A, CONTRACTS.observer, [D.address]),
    ],
  },
  {
    number: 31,
    name: 'funds must cover the fee cap, not only the price',
    block: () => [
      pay(EXACT, FRESH, 5n, { maxFeePerGas: 3n * GWEI }),
      pay(EXACT, FRESH, 5n, { maxFeePerGas: 2n * GWEI }),
    ],
    leftOut: 1,
  },
  {
    number: 33,
    name: 'the gas limit counts against what is left, not the gas used',
    gasLimit: 600_000n,
    block: () => [pay(S, FRESH, 1n, { gasLimit: 60_000n }), call(A, CONTRACTS.counter, [], { gasLimit: 590_000n })],
    leftOut: 1,
  },
  {
    number: '34, 35',
    name: 'logs of the last run alone, numbered through',
    block: () => [0, 1, 2, 3].map((index) => call(person(20 + index), CONTRACTS.counter)),
  },
  {
    number: '37, 38',
    name: 'a slot written without reading it depends on what stood there',
    block: () => [5, 5, 9, 5].map((value, index) => call(person(20 + index), CONTRACTS.switch, [value])),
  },
  {
    number: '39, 41',
    name: 'gas that is just enough is so after a second run',
    block: () =>
      [44_000n, 43_000n, 52_000n, 30_000n].map((gasLimit, index) =>
        call(person(20 + index), CONTRACTS.counter, [], { gasLimit }),
      ),
  },
  {
    number: 40,
    name: 'transient storage ends with its transaction',
    block: () => [0, 1, 2, 3].map((index) => call(person(20 + index), CONTRACTS.transient)),
  },
  {
    number: 42,
    name: 'a transaction that reverts leaves its fee and nonce alone',
    block: () => [call(S, CONTRACTS.token, [FRESH, 5_000]), call(S, CONTRACTS.token, [FRESH, 900], { nonce: 1 })],
  },
  {
    number: '44, 45',
    name: 'a second run that writes elsewhere withdraws what the first wrote',
    block: () =>
      [3, 0, 8, 0, 5, 0].map((value, index) => call(person(20 + index), CONTRACTS.switch, value === 0 ? [] : [value])),
  },
  {
    number: 47,
    name: 'a stale length ends by gas',
    block: () => [
      call(S, CONTRACTS.memory, [1n << 40n]),
      call(A, CONTRACTS.memory, [64]),
      call(person(20), CONTRACTS.memory),
    ],
  },
  {
    number: 48,
    name: 'deep calls on changing state',
    block: () => [4, 3, 4, 2].map((depth, index) => call(person(20 + index), CONTRACTS.recursive, [depth])),
  },
  {
    number: 51,
    name: 'a balance dips and comes back in order',
    block: () => [
      call(S, CONTRACTS.payer, [EMPTY.address, 5]),
      pay(A, CONTRACTS.payer, 5n, { gasLimit: 200_000n }),
      call(person(20), CONTRACTS.payer, [EMPTY.address, ETHER]),
      call(person(21), CONTRACTS.payer, [EMPTY.address, 5]),
    ],
  },
  {
    number: 54,
    name: 'nothing survives of what ran above the end of a block',
    gasLimit: 475_000n,
    block: () => [
      call(S, CONTRACTS.counter),
      send(A, { to: undefined, data: initCodeOf(assemble(1, 0, 'SSTORE')), gasLimit: 400_000n }),
      factory(person(20), 1, 0),
      factory(person(21), 2, 0),
    ],
    leftOut: 2,
  },
];

describe('traps of parallel execution', () => {
  it.each(TRAPS.map((trap) => [`${trap.number}: ${trap.name}`, trap] as const))(
    '%s',
    { timeout: 60_000 },
    async (_, trap) => {
      const { executors, oracle } = worlds.get(trap.fork ?? 'osaka') as World;
      const { beneficiary = BENEFICIARY, gasLimit = 30_000_000n } = trap;
      const fields = environment({ beneficiary, gasLimit });
      const strangers = [0, 1, 2, 3].map((index) => pay(person(index), person(10 + index).address, 1n));
      const candidates = gasLimit < 30_000_000n ? trap.block() : [...strangers, ...trap.block()];
      const expected = await oracle.run(fields, candidates);
      expect(expected.leftOut.size, [...expected.leftOut.values()].join()).toBe(trap.leftOut ?? 0);
      for (let round = 0; round < ROUNDS; round++) {
        for (const executor of executors) {
          const cancel = noCancel();
          const executed = await executor.execute({ environment: fields, transactions: expected.taken, cancel });
          if (executed.status !== 'executed') expect.fail(JSON.stringify(executed));
          expect(await differenceFromOracle(executed.result, expected)).toEqual([]);
          const limits = { sizeLimitBytes: 1 << 20, timeBudgetMs: 60_000 };
          const built = await executor.build({ environment: fields, candidates, ...limits, cancel });
          if (built.status !== 'built') expect.fail(built.status);
          expect(await differenceFromOracle(built.result, expected)).toEqual([]);
          expect(built.result.stateRoot).toBe(executed.result.stateRoot);
        }
      }
      await expected.forget();
    },
  );
});
