import { type Address, ENGINE_NAMES, type GenesisAccount } from '@heddle/primitives';
import { assemble, ETHER, GWEI, signedTransaction, type TestAccount, testAccounts } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { createBlockRunner } from '../../src/block-runner.ts';
import { namedEngine } from '../../src/engines/named-engine.ts';
import type { SenderTransaction } from '../../src/executor-api.ts';
import { createLonePool } from '../../src/lone-pool.ts';
import { type Core, instantiateCore, loadSharedCore } from '../../src/shared-memory/core.ts';
import { createMemoryState } from '../support/memory-state.ts';
import { word } from '../support/run.ts';
import { counterCode } from './contracts.ts';
import { environment, genesisAccount, noCancel, RULES } from './test-chain.ts';

// A kind of transactions that is at odds cools down with each commit, but for those that had to wait for the one before
// (record 50); one in four is asked, and counts for four. On one worker, where each is run when its turn has come.

const COUNT = 20;
/** Of these numbers of transactions (kinds.ts: isAsked). */
const ASKED = [0, 2, 5, 10, 13, 18];
const ASKED_OF = 4;
const HEAT = 1_000;
const GAS = 100_000n;
const PRICE = 10n * GWEI;
const ACCOUNTS = testAccounts(COUNT + 1, 'kinds');
const [FIRST, SECOND] = ACCOUNTS as [TestAccount, TestAccount];
const COUNTER: Address = `0x${'c0'.repeat(20)}`;
const KEEPER: Address = `0x${'c1'.repeat(20)}`;
const CONTRACTS = [
  genesisAccount(COUNTER, 0n, { code: counterCode }),
  // Looks at slot 0, which nobody writes, and writes the slot that it is called with.
  genesisAccount(KEEPER, 0n, { code: assemble(0, 'SLOAD', 'POP', 1, 0, 'CALLDATALOAD', 'SSTORE') }),
];
const RICH = ACCOUNTS.map(({ address }) => genesisAccount(address, ETHER));
/** Those but the first can pay for gas alone. */
const POOR = ACCOUNTS.map(({ address }, index) => genesisAccount(address, index === 0 ? ETHER : feeOf(21_000n)));

interface Case {
  readonly alloc: readonly GenesisAccount[];
  readonly transactions: readonly SenderTransaction[];
  /** Which had to wait for the one before; on `ethereumjs`, which reads each balance as it is, if that differs. */
  readonly waits: (tx: number) => boolean;
  readonly waitsOnEthereumjs?: (tx: number) => boolean;
}

const ALL_BUT_FIRST = (tx: number) => tx > 0;
const NONE = () => false;

const CASES: Readonly<Record<string, Case>> = {
  'calls that add to one number': {
    alloc: RICH,
    transactions: each((from) => send(from, { to: COUNTER })),
    waits: ALL_BUT_FIRST,
  },
  'calls that write what nobody else does': {
    alloc: RICH,
    transactions: each((from, index) => send(from, { to: KEEPER, data: slot(index + 1) })),
    waits: NONE,
  },
  'the same from one sender': {
    alloc: RICH,
    transactions: each((_, nonce) => send(FIRST, { to: KEEPER, data: slot(nonce + 1), nonce })),
    waits: NONE,
    waitsOnEthereumjs: ALL_BUT_FIRST,
  },
  'payments of what was just paid': {
    alloc: POOR,
    transactions: each((from, index) => send(from, { to: next(index), value: ETHER / 2n, gasLimit: 21_000n })),
    waits: ALL_BUT_FIRST,
  },
  'payments in a row of who can pay': {
    alloc: RICH,
    transactions: each((from, index) => send(from, { to: next(index), value: 1n, gasLimit: 21_000n })),
    waits: NONE,
  },
  'payments of one who was paid before them all': {
    alloc: POOR,
    transactions: [
      send(FIRST, { to: FIRST.address, value: 1n, gasLimit: 21_000n }),
      send(FIRST, { to: SECOND.address, value: ETHER / 2n, gasLimit: 21_000n, nonce: 1 }),
      ...each((_, nonce) => send(SECOND, { to: FIRST.address, value: 1n, gasLimit: 21_000n, nonce })).slice(0, -2),
    ],
    waits: (tx) => tx === 2,
  },
};

describe.each(ENGINE_NAMES)('a kind at odds, on %s,', (engine) => {
  it.each(Object.keys(CASES))('cools down with what need not wait: %s', async (name) => {
    const { alloc, transactions, waits, waitsOnEthereumjs = waits } = CASES[name] as Case;
    const free = ASKED.filter((tx) => !(engine === 'wasm' ? waits : waitsOnEthereumjs)(tx));
    expect(await cooledBy(engine, { alloc: [...alloc, ...CONTRACTS], transactions })).toBe(ASKED_OF * free.length);
  });
});

/** By how much the only kind of `transactions` has cooled down when they have run. */
async function cooledBy(
  engineName: (typeof ENGINE_NAMES)[number],
  { alloc, transactions }: Pick<Case, 'alloc' | 'transactions'>,
): Promise<number> {
  const core = instantiateCore(await loadSharedCore('debug'), 0);
  const engine = await namedEngine(engineName)(RULES, { core: core.steps });
  const reader = createMemoryState(
    Object.fromEntries(alloc.map(({ address, balance, nonce, code }) => [address, { balance, nonce, code }])),
  );
  const lone = createLonePool(core);
  const pool = {
    ...lone,
    release(count: number) {
      for (const place of kindsOf(core)) core.memory.setU32(place, HEAT);
      core.memory.setU32(core.layout.KINDS_KNOWN, 1);
      lone.release(count);
    },
  };
  const run = createBlockRunner({ core, engine, reader, pool });
  const limits = { sizeLimitBytes: 2 ** 20, deadline: Infinity, timeBudgetMs: Infinity };
  const context = {
    environment: { ...environment(), gasLimit: GAS * BigInt(COUNT), baseFeePerGas: PRICE },
    hashes: { parentNumber: 0, bytes: new Uint8Array(32) },
  };
  const block = await run({ context, transactions, limits, rules: RULES }, noCancel());
  if (block.status !== 'done') expect.fail('the block came to its end');
  expect(block.committed).toHaveLength(COUNT);
  return kindsOf(core).reduce((sum, place) => sum + HEAT - (core.memory.u32(place) & 0xffff), 0);
}

function kindsOf({ layout }: Core): number[] {
  return Array.from({ length: layout.KIND_COUNT }, (_, kind) => layout.KINDS + 4 * kind);
}

function each(make: (from: TestAccount, index: number) => SenderTransaction): SenderTransaction[] {
  return ACCOUNTS.slice(0, COUNT).map(make);
}

function next(index: number): Address {
  return (ACCOUNTS[index + 1] as TestAccount).address;
}

function slot(index: number): Uint8Array {
  return Buffer.from(word(index).slice(2), 'hex');
}

function feeOf(gas: bigint): bigint {
  return gas * PRICE;
}

function send(from: TestAccount, fields: Parameters<typeof signedTransaction>[1]): SenderTransaction {
  const { raw } = signedTransaction(from, { value: 0n, gasLimit: GAS, maxFeePerGas: PRICE, ...fields });
  return { raw, sender: from.address };
}
