import {
  type Address,
  bytesToHex,
  decodeTransaction,
  effectiveGasPrice,
  type Transaction,
  type TransactionType,
  type UnsignedTransaction,
} from '@heddle/primitives';
import {
  createRandom,
  ETHER,
  GWEI,
  type Random,
  seedFromEnvironment,
  signedTransaction,
  type TestAccount,
  testAccount,
  testAccounts,
  transfer,
} from '@heddle/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SenderTransaction } from '../../src/executor-api.ts';
import { type Core, instantiateCore, loadSharedCore } from '../../src/shared-memory/core.ts';
import { layOutBlock } from '../../src/shared-memory/lay-out-block.ts';
import { forEachItem, readRow } from '../../src/shared-memory/rows.ts';
import { differenceFromOracle } from './compare.ts';
import { CONTRACTS, contractAccounts } from './contracts.ts';
import { createOracle } from './oracle.ts';
import { createTestChain, environment, genesisAccount, noCancel, RULES, type TestChain } from './test-chain.ts';

const accounts = testAccounts(24);
const [first, second, third] = accounts as [TestAccount, TestAccount, TestAccount];
const unfunded = testAccount(0, 'unfunded');
const alloc = [
  ...accounts.map(({ address }) => genesisAccount(address, 10n * ETHER)),
  ...contractAccounts(accounts.map(({ address }) => address)),
];

describe('plain transfers', () => {
  let chain: TestChain;
  beforeAll(async () => {
    chain = await createTestChain(alloc);
  });
  afterAll(() => chain?.close());

  const sent = (from: TestAccount, { raw }: Transaction): SenderTransaction => ({ raw, sender: from.address });
  const observe = (from: TestAccount, whom: Address, nonce = 0) => {
    const data = Buffer.from(whom.slice(2).padStart(64, '0'), 'hex');
    return sent(from, signedTransaction(from, { to: CONTRACTS.observer, data, value: 0n, gasLimit: 200_000n, nonce }));
  };
  const meets: Readonly<Record<string, readonly SenderTransaction[]>> = {
    'of one wallet': Array.from({ length: 30 }, (_, nonce) =>
      sent(first, transfer(first, second.address, 7n, { nonce })),
    ),
    'to one wallet': accounts.map((from) => sent(from, transfer(from, unfunded.address, 9n))),
    'to oneself': Array.from({ length: 9 }, (_, nonce) => sent(first, transfer(first, first.address, 5n, { nonce }))),
    'round in a ring': accounts.map((from, index) =>
      sent(from, transfer(from, (accounts[(index + 1) % accounts.length] as TestAccount).address, 3n)),
    ),
  };

  for (const [how, transactions] of Object.entries(meets)) {
    it(`${how} meet nobody: each runs once`, async () => {
      const expected = await (await createOracle(RULES, alloc)).run(environment(), transactions);
      for (const workers of [1, 2, 3]) {
        const executor = await chain.start(workers);
        const outcome = await executor.execute({ environment: environment(), transactions, cancel: noCancel() });
        if (outcome.status !== 'executed') expect.fail(JSON.stringify(outcome));
        expect(await differenceFromOracle(outcome.result, expected)).toEqual([]);
        expect(outcome.result.figures.reExecutions).toBe(0);
        expect(outcome.result.figures.byGas.bound.unlimited).toBe(transactions.length);
      }
    });
  }

  it('are seen by who looks at the balance, and pay for what follows', async () => {
    const transactions = [
      sent(first, transfer(first, unfunded.address, ETHER)),
      sent(second, transfer(second, unfunded.address, ETHER)),
      observe(third, unfunded.address),
      sent(unfunded, transfer(unfunded, third.address, ETHER + ETHER / 2n)), // takes both
      observe(third, unfunded.address, 1),
      sent(first, transfer(first, CONTRACTS.payer, 3n, { nonce: 1, gasLimit: 100_000n })),
    ];
    const expected = await (await createOracle(RULES, alloc)).run(environment(), transactions);
    expect(expected.taken).toHaveLength(transactions.length);
    for (const workers of [1, 2, 3]) {
      const executor = await chain.start(workers);
      const outcome = await executor.execute({ environment: environment(), transactions, cancel: noCancel() });
      if (outcome.status !== 'executed') expect.fail(JSON.stringify(outcome));
      expect(await differenceFromOracle(outcome.result, expected)).toEqual([]);
    }
  });
});

/** Mutants of each shape of transaction. */
const CASES = 4_000;
const RICH = 1n << 200n;

describe('the bytes of a transfer', () => {
  let core: Core;
  beforeEach(async () => {
    core = instantiateCore(await loadSharedCore('debug'), 0);
  });

  it('are read as the decoder reads them, or left to the engine', () => {
    const seed = seedFromEnvironment('transfers');
    const random = createRandom(seed);
    let taken = 0;
    for (let index = 0; index < CASES; index++) {
      const raw = spoil(random, randomTransfer(random));
      const done = runAlone(core, raw);
      if (done === undefined) continue;
      taken++;
      expect(done, `${bytesToHex(raw)} HEDDLE_SEED=${seed}`).toEqual(effectOf(decodeTransaction(raw)));
    }
    console.log(`${taken} of ${CASES} transactions were plain transfers`);
    expect(taken).toBeGreaterThan(CASES / 10);
  });

  it('of every type are a plain transfer; data, access lists, precompiles and creations are not', () => {
    for (const type of [0, 1, 2] as TransactionType[]) {
      const plain = { type, to: second.address, value: 1n, gasLimit: 21_000n };
      expect(runAlone(core, signedTransaction(first, plain).raw), `type ${type}`).toBeDefined();
      for (const other of [
        { data: Uint8Array.of(1), gasLimit: 30_000n },
        { to: undefined, gasLimit: 60_000n },
        { to: `0x${'00'.repeat(19)}04` as Address },
        { value: 0n },
        { gasLimit: 20_999n },
        { maxFeePerGas: GWEI - 1n, maxPriorityFeePerGas: 0n },
        ...(type === 0 ? [] : [{ accessList: [{ address: second.address, storageKeys: [] }], gasLimit: 30_000n }]),
      ]) {
        expect(runAlone(core, signedTransaction(first, { ...plain, ...other }).raw)).toBeUndefined();
      }
    }
  });
});

describe('a transfer that was run before the one that takes its funds', () => {
  for (const { mutation, isCommitted } of [
    { mutation: undefined, isCommitted: false },
    { mutation: 'MUTATION_TRUST_FUNDS', isCommitted: true },
  ] as const) {
    it(
      isCommitted ? 'stands where nobody asks again: the test can fail' : 'is taken back at the frontier',
      async () => {
        const unplanted = instantiateCore(await loadSharedCore('debug'), 0);
        const shared = await loadSharedCore('debug', mutation && unplanted.layout[mutation]);
        const [zero, one] = [instantiateCore(shared, 0), instantiateCore(shared, 1)];
        const spend = (nonce: number) => transfer(first, second.address, ETHER, { nonce }).raw;
        layOut([zero, one], [spend(0), spend(1)]);
        one.memory.refresh(zero.memory.u32(zero.layout.POOL_END));
        one.steps.enterBlock();
        const base = { balance: ETHER + ETHER / 2n, nonce: 0n }; // enough for either
        expect(zero.steps.next(1)).toBe(0);
        expect(one.steps.next(1)).toBe(1);
        expect(run(one, base)).toBe(true);
        expect(run(zero, base)).toBe(true);
        if (isCommitted) {
          expect(zero.steps.next(2)).toBe(zero.layout.TASK_STOP);
          expect(readRow(zero, 1).verdict).toBe(zero.layout.VERDICT_COMMITTED);
        } else {
          expect(zero.steps.next(2)).toBe(1); // once more, on final state
          expect(run(zero, base)).toBe(false); // an engine finds the words
        }
      },
    );
  }
});

describe('a transfer that was run before the one with the nonce below', () => {
  it('is not run again', async () => {
    const shared = await loadSharedCore('debug');
    const [zero, one] = [instantiateCore(shared, 0), instantiateCore(shared, 1)];
    const spend = (nonce: number) => transfer(first, second.address, 1n, { nonce }).raw;
    layOut([zero, one], [spend(0), spend(1), spend(2)]);
    one.memory.refresh(zero.memory.u32(zero.layout.POOL_END));
    one.steps.enterBlock();
    const base = { balance: ETHER, nonce: 0n };
    expect(zero.steps.next(1)).toBe(0);
    expect(one.steps.next(1)).toBe(1);
    expect(run(one, base)).toBe(true);
    expect(one.steps.next(2)).toBe(2);
    expect(run(one, base)).toBe(true); // published since 1 was last looked at
    expect(one.steps.next(3)).toBe(one.layout.TASK_NONE);
    expect(run(zero, base)).toBe(true);
    expect(zero.steps.next(4)).toBe(zero.layout.TASK_STOP);
    expect([0, 1, 2].map((tx) => readRow(zero, tx).runs)).toEqual([1, 1, 1]);
  });
});

interface Effect {
  readonly gasLimit: number;
  readonly nonce: bigint;
  /** What sender and recipient get, modulo 2^256. */
  readonly amounts: readonly bigint[];
  readonly recipient: Address;
  readonly fee: bigint;
}

function effectOf({ gasLimit, nonce, value, to, ...fees }: Transaction): Effect {
  const price = effectiveGasPrice({ ...fees, gasLimit, nonce, value, to } as UnsignedTransaction, GWEI);
  return {
    gasLimit: Number(gasLimit),
    nonce: nonce + 1n,
    amounts: [BigInt.asUintN(256, -(21_000n * price + value)), value],
    recipient: to as Address,
    fee: 21_000n * (price - GWEI),
  };
}

/** What the core makes of the one transaction of a block, all accounts rich and their nonces right; undefined: nothing. */
function runAlone(core: Core, raw: Uint8Array): Effect | undefined {
  layOut([core], [raw]);
  expect(core.steps.next(1)).toBe(0);
  const isRun = run(core, { balance: RICH, nonce: nonceOf(raw) });
  return isRun && readRow(core, 0).writes !== 0 ? effectIn(core) : undefined; // given back when the block has too little gas
}

/** A block of `first`'s transactions in the memory of `cores`, all of them in it. */
function layOut(cores: readonly Core[], raws: readonly Uint8Array[]): void {
  const [core] = cores as [Core];
  const { layout, memory, scratch, steps } = core;
  const job = {
    context: { environment: environment(), hashes: { parentNumber: 0, bytes: new Uint8Array(32) } },
    transactions: raws.map((raw) => ({ raw, sender: first.address })),
    limits: undefined,
    rules: { ...RULES, transactionGasCap: undefined },
  };
  layOutBlock(core, job, { workerCount: cores.length, pending: [] });
  for (const { workerIndex } of cores) memory.store(steps.workerStateAddress(workerIndex), layout.WORKER_RUNNING);
  memory.setHex(scratch, environment().beneficiary);
  const beneficiary = steps.internAccount(scratch);
  loadBase(core, beneficiary, { balance: 0n, nonce: 0n });
  steps.setBeneficiary(beneficiary);
}

/** Lets the core run the transaction that has begun, all accounts being `base` before; false: it is none for the core. */
function run(core: Core, base: Base): boolean {
  const { layout, steps } = core;
  for (;;) {
    const step = steps.runTransfer(2);
    if (step === layout.TRANSFER_OTHER || step === layout.TRANSFER_OVER) return step === layout.TRANSFER_OVER;
    loadBase(core, step, base);
  }
}

interface Base {
  readonly balance: bigint;
  readonly nonce: bigint;
}

function loadBase({ layout, memory, scratch, steps }: Core, entry: number, { balance, nonce }: Base): void {
  const value = scratch + 64;
  for (let field = 0; field < 4; field++) {
    memory.setWord(value, field === layout.FIELD_BALANCE ? balance : field === layout.FIELD_NONCE ? nonce : 0n);
    expect(steps.publishBase(entry + layout.ENTRY_HEADS + field * layout.HEAD_SIZE, value)).toBe(1);
  }
  memory.store(entry + layout.ENTRY_BASE_KNOWN, 1);
}

/** What transaction 0 has left in the core. */
function effectIn(core: Core): Effect {
  const { layout, memory, steps } = core;
  const row = steps.rowAt(0);
  const writes: { head: number; value: bigint }[] = [];
  forEachItem(core, readRow(core, 0).writes, (item) => {
    const value = memory.word(memory.u32(item + layout.ITEM_RECORD) + layout.RECORD_VALUE);
    writes.push({ head: memory.u32(item + layout.ITEM_HEAD), value });
  });
  const fee = memory.u32(row + layout.ROW_FEE);
  return {
    gasLimit: memory.f64(row + layout.ROW_GAS_LIMIT),
    nonce: writes[0]?.value ?? 0n,
    amounts: writes.slice(1).map(({ value }) => value),
    recipient: memory.address(memory.u32((writes.at(-1)?.head ?? 0) + layout.HEAD_ENTRY) + layout.ENTRY_ADDRESS),
    fee: fee === 0 ? 0n : memory.word(fee),
  };
}

function nonceOf(raw: Uint8Array): bigint {
  try {
    return decodeTransaction(raw).nonce;
  } catch {
    return 0n;
  }
}

function randomTransfer(random: Random): Uint8Array {
  const amount = () => BigInt(random.pick([1, 127, 128, 255, 256, 65_535, 2 ** 40])) ** BigInt(random.int(1, 4));
  const tip = random.chance(0.3) ? 0n : amount() % (8n * GWEI);
  return signedTransaction(first, {
    type: random.pick<TransactionType>([0, 1, 2]),
    to: bytesToHex(random.bytes(20)),
    value: amount(),
    nonce: BigInt(random.pick([0, 1, 127, 128, 255, 256, 2 ** 32])),
    gasLimit: BigInt(random.pick([21_000, 30_000, 65_536, 2 ** 24])),
    maxFeePerGas: GWEI + tip + (random.chance(0.5) ? 0n : amount()),
    maxPriorityFeePerGas: tip,
  }).raw;
}

/** A third as it is, else with a byte changed, taken out, put in, or the end cut off. */
function spoil(random: Random, raw: Uint8Array): Uint8Array {
  if (random.chance(0.33)) return raw;
  const at = random.chance(0.5) ? random.int(0, raw.length - 1) : random.int(0, Math.min(60, raw.length - 1));
  const byte = Uint8Array.of(random.pick([0, 0x80, 0x81, 0x94, 0xb8, 0xc0, 0xf8, random.int(0, 255)]));
  switch (random.int(0, 3)) {
    case 0:
      return Buffer.concat([raw.subarray(0, at), byte, raw.subarray(at + 1)]);
    case 1:
      return Buffer.concat([raw.subarray(0, at), raw.subarray(at + 1)]);
    case 2:
      return Buffer.concat([raw.subarray(0, at), byte, raw.subarray(at)]);
    default:
      return raw.subarray(0, at);
  }
}
