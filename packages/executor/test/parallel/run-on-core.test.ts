import {
  type AccessListEntry,
  type Address,
  type Authorization,
  concatBytes,
  decodeRlp,
  EMPTY_BYTES,
  type ExecutionRules,
  encodeRlp,
  type GenesisAccount,
  type Hash,
  secp256k1,
} from '@heddle/primitives';
import {
  assemble,
  createRandom,
  GWEI,
  type Random,
  seedFromEnvironment,
  signedTransaction,
  type TestAccount,
  testAccounts,
} from '@heddle/testkit';
import { describe, expect, it, vi } from 'vitest';
import { type BlockRun, createBlockRunner } from '../../src/block-runner.ts';
import { blockAccesses, leftOutCandidates } from '../../src/block-summary.ts';
import { createWasmEngine } from '../../src/engines/wasm/create-engine.ts';
import type { SenderTransaction } from '../../src/executor-api.ts';
import { createLonePool } from '../../src/lone-pool.ts';
import { committedDiff } from '../../src/shared-memory/committed-diff.ts';
import { instantiateCore, loadSharedCore } from '../../src/shared-memory/core.ts';
import { forEachItem, readRow } from '../../src/shared-memory/rows.ts';
import { authorize } from '../support/authorize.ts';
import { createMemoryState } from '../support/memory-state.ts';
import { word } from '../support/run.ts';
import { CONTRACTS } from './contracts.ts';
import { vaultCode } from './paying-contracts.ts';
import { type RandomBlock, randomBlock, randomBlocksAlloc, spoilCandidates } from './random-blocks.ts';
import { genesisAccount, noCancel, RULES } from './test-chain.ts';

// The same candidates twice on one worker, whose steps always come in the same order: once by the engine on the core alone,
// once by the host around it. Both must leave the same, down to what was noted as read. But balances: the core leaves one
// open that need not be known, the host reads each.

const BLOCKS = 40;

describe('a block that the engine runs on the core without its host', () => {
  for (const fork of ['osaka', 'shanghai', 'berlin'] as const) {
    it(`leaves what it leaves by the host, results, writes and reads (${fork})`, async () => {
      const rules = { ...RULES, fork };
      const seed = seedFromEnvironment(`on the core, ${fork}`);
      const [onCore, byHost] = await Promise.all([start(rules, 'core'), start(rules, 'host')]);
      for (let index = 0; index < BLOCKS; index++) {
        const random = createRandom(`${seed}/${index}`);
        const block = randomBlock(random, rules);
        const transactions = spoilCandidates(random, rules, block).flatMap((candidate) => variants(random, candidate));
        const odd = { ...block, transactions };
        expectSame(await onCore.run(odd), await byHost.run(odd), `block ${index}`);
      }
      expect(onCore.hostRuns()).toBeLessThan(byHost.hostRuns()); // what is not valid
    });

    it(`leaves the same plainly, but for what was read (${fork})`, async () => {
      const rules = { ...RULES, fork };
      const seed = seedFromEnvironment(`plainly on the core, ${fork}`);
      const [plainly, byHost] = await Promise.all([start(rules, 'core', { isSerial: true }), start(rules, 'host')]);
      for (let index = 0; index < BLOCKS; index++) {
        const random = createRandom(`${seed}/${index}`);
        const block = randomBlock(random, rules);
        const odd = { ...block, transactions: spoilCandidates(random, rules, block) };
        const left = await plainly.run(odd);
        const expected = await byHost.run(odd);
        if (!('reads' in left) || !('reads' in expected)) expect.fail(`block ${index} ran to its end`);
        expect(left, `block ${index}`).toEqual({ ...expected, reads: expected.reads.map(() => []) });
      }
    });
  }

  it('takes lists and data of all sizes apart as the host does', async () => {
    const [onCore, byHost] = await Promise.all([start(RULES, 'core'), start(RULES, 'host')]);
    const sizes = [0, 1, 55, 56, 255, 256, 70_000];
    const lists = [0, 1, 2, 60].map((count) => Array.from({ length: count }, (_, index) => entryWith(index)));
    const fields = [
      ...sizes.map((size) => ({ data: new Uint8Array(size).fill(1) })),
      ...lists.map((accessList) => ({ accessList })),
      ...lists.map((accessList) => ({ accessList, type: 1 as const })),
      { type: 0 as const, chainId: undefined },
      { type: 0 as const },
      ...[1, 6].map((count) => ({ ...BLOBS, blobVersionedHashes: hashes(count) })),
      { ...BLOBS, blobVersionedHashes: hashes(2), accessList: [entryWith(2), entryWith(0)] },
      ...[1, 2, 100].map((count) => ({ type: 4 as const, authorizationList: authorizations(count) })),
      { type: 4 as const, authorizationList: authorizations(3), accessList: [entryWith(1)] },
    ];
    const transactions = fields.map((given, nonce) => {
      const sent = { to: CONTRACTS.counter, value: 0n, gasLimit: 5_000_000n, nonce, ...given };
      return { raw: signedTransaction(RICH, sent).raw, sender: RICH.address };
    });
    const block = { ...randomBlock(createRandom(1), RULES), transactions };
    const left = await onCore.run({ ...block, environment: { ...block.environment, gasLimit: 200_000_000n } });
    expect(onCore.hostRuns()).toBe(0);
    expectSame(left, await byHost.run({ ...block, environment: { ...block.environment, gasLimit: 200_000_000n } }));
    expect(left).toMatchObject({ leftOut: [], gasUsed: expect.any(Array) });
  });

  it.each(['core', 'host'] as const)(
    'asks nobody who signed authorizations that gas does not pay for: %s',
    async (by) => {
      const block = randomBlock(createRandom(1), RULES);
      const environment = { ...block.environment, gasLimit: 60_000n };
      const recover = vi.spyOn(secp256k1, 'recover');
      try {
        // The first has too little gas for its authorizations, the other more than the block.
        const transactions = [59_000n, 500_000n].map((gasLimit) => {
          const fields = { type: 4 as const, to: CONTRACTS.counter, gasLimit, nonce: 0 };
          const { raw } = signedTransaction(RICH, { ...fields, authorizationList: authorizations(3) });
          return { raw, sender: RICH.address };
        });
        const { run } = await start(RULES, by);
        expect(await run({ ...block, environment, transactions })).toMatchObject({ results: new Uint8Array(0) });
        expect(recover).not.toHaveBeenCalled();
      } finally {
        recover.mockRestore();
      }
    },
  );

  it('knows where a balance passes 2^256', async () => {
    const calls = [
      // It has 8 less, then 3 more than nothing; each is paid what it asks for, and keeps what it brings, or neither.
      { to: VAULT, pays: 0n, word: 1n },
      { to: VAULT, pays: 10n, word: 2n },
      { to: VAULT, pays: 2n, word: 2n },
      { to: VAULT, pays: 0n, word: 4n },
      { to: VAULT, pays: 0n, word: 3n },
      { to: VAULT, pays: 2n ** 60n, word: 2n ** 60n },
      { to: TAKER, pays: 0n, word: 2n ** 255n + 7n },
      { to: TAKER, pays: 0n, word: 2n ** 254n },
    ];
    // `geth --dev` funds an account with as much.
    const more = [VAULT, OTHER_VAULT].map((address) => {
      return genesisAccount(address, 2n ** 256n - 9n, { nonce: 1n, code: vaultCode });
    });
    more.push(genesisAccount(TAKER, 0n, { nonce: 1n, code: takerCode }));
    const [onCore, byHost] = await Promise.all([start(RULES, 'core', { more }), start(RULES, 'host', { more })]);
    const transactions = calls.map(({ to, pays, word: asked }, index) => {
      const from = SENDERS[index] as TestAccount;
      const { raw } = signedTransaction(from, { to, value: pays, gasLimit: 300_000n, data: wordBytes(asked) });
      return { raw, sender: from.address };
    });
    const block = { ...randomBlock(createRandom(1), RULES), transactions };
    const left = await onCore.run(block);
    expectSame(left, await byHost.run(block));
    if (!('diff' in left)) expect.fail('the block ran to its end');
    expect(left.leftOut).toEqual([]);
    expect(onCore.hostRuns()).toBe(0);
    const taken = left.diff.accounts.get(TAKER)?.after?.balance;
    expect(taken, 'each time it could pay 5 on').toBe(2n ** 255n + 7n + 2n ** 254n - 10n);
  });

  it('asks of a balance but once whether there is an account', async () => {
    const { address } = SENDERS[1] as TestAccount; // without nonce and code
    const asks = assemble({ label: 'again' }, address, 'EXTCODEHASH', 'POP', { at: 'again' }, 'JUMP');
    const more = [genesisAccount(TAKER, 0n, { nonce: 1n, code: asks })];
    const onCore = await start(RULES, 'core', { more });
    const { raw } = signedTransaction(RICH, { to: TAKER, value: 0n, gasLimit: 1_000_000n });
    await onCore.run({ ...randomBlock(createRandom(1), RULES), transactions: [{ raw, sender: RICH.address }] });
    expect(onCore.readCount(0)).toBeLessThan(20);
  });

  it('refuses what the host refuses, whichever byte of a transaction is another', async () => {
    const [onCore, byHost] = await Promise.all([start(RULES, 'core'), start(RULES, 'host')]);
    const fields = { to: CONTRACTS.counter, value: 1n, gasLimit: 5_000_000n, data: new Uint8Array(60).fill(1) };
    const accessList = [entryWith(0), entryWith(2), entryWith(1)];
    const kinds = [
      {},
      { ...BLOBS, blobVersionedHashes: hashes(2) },
      { type: 4 as const, authorizationList: authorizations(2) },
    ];
    const block = randomBlock(createRandom(1), RULES);
    const changes = kinds.flatMap((kind) => {
      const { raw } = signedTransaction(RICH, { ...fields, accessList, ...kind });
      const changed = [1, 0xff, 0x80].flatMap((change) => [...raw.keys()].map((at) => ({ raw, at, change })));
      return [...changed, { raw: withoutRecipient(raw), at: 0, change: 0 }];
    });
    while (changes.length > 0) {
      // Everybody but once: whoever sends twice with one nonce is refused for that.
      const transactions = SENDERS.map(({ address: sender }) => {
        const { raw, at, change } = changes.pop() ?? { raw: new Uint8Array(1), at: 0, change: 0 };
        const changed = Uint8Array.from(raw);
        changed[at] = ((changed[at] ?? 0) + change) & 0xff;
        return { raw: changed, sender };
      });
      expectSame(await onCore.run({ ...block, transactions }), await byHost.run({ ...block, transactions }));
    }
  });
});

const [VAULT, OTHER_VAULT, TAKER]: [Address, Address, Address] = [
  `0x${'e1'.repeat(20)}`,
  `0x${'e2'.repeat(20)}`,
  `0x${'e3'.repeat(20)}`,
];

/** (amount): has the other vault pay it that much, and pays its caller 5. */
const takerCode = assemble(
  ...['CALLDATASIZE', 'ISZERO', { at: 'paid' }, 'JUMPI'],
  ...[0, 'CALLDATALOAD', 0, 'MSTORE', 0, 0, 32, 0, 0, OTHER_VAULT, 100_000, 'CALL', 'POP'],
  ...[0, 0, 0, 0, 5, 'CALLER', 50_000, 'CALL', 'CALLER', 'SSTORE', { label: 'paid' }],
);

const SENDERS = testAccounts(40, 'rich');
const [RICH] = SENDERS as [TestAccount];

const BLOBS = { type: 3 as const, maxFeePerBlobGas: 10n * GWEI };

function wordBytes(value: bigint): Uint8Array {
  return Buffer.from(word(value).slice(2), 'hex');
}

function hashes(count: number) {
  return Array.from({ length: count }, (_, index): Hash => `0x01${word(index).slice(4)}`);
}

/** Some by nobody, of other chains or with other nonces: those are skipped. */
function authorizations(count: number): Authorization[] {
  return Array.from({ length: count }, (_, index) => {
    const chainId = index % 5 === 4 ? 9_999n : BigInt(index % 2 === 0 ? RULES.chainId : 0);
    const signed = authorize(
      SENDERS[index % SENDERS.length] as TestAccount,
      CONTRACTS.counter,
      BigInt(index % 3),
      chainId,
    );
    return index % 7 === 6 ? { ...signed, yParity: 2n } : signed;
  });
}

/** As a creation, which types 3 and 4 cannot be. */
function withoutRecipient(raw: Uint8Array): Uint8Array {
  const fields = decodeRlp(raw.subarray(1));
  if (!Array.isArray(fields)) throw new Error('a transaction is a list');
  return concatBytes(raw.subarray(0, 1), encodeRlp(fields.with(5, EMPTY_BYTES)));
}

function entryWith(count: number): AccessListEntry {
  return { address: CONTRACTS.counter, storageKeys: Array.from({ length: count }, (_, index) => word(index)) };
}

/** The candidate, sometimes with a byte of it changed, cut off or added. */
function variants(random: Random, { raw, sender }: SenderTransaction): SenderTransaction[] {
  if (!random.chance(0.3)) return [{ raw, sender }];
  const at = random.int(0, raw.length - 1);
  const changed = Uint8Array.from(raw);
  changed[at] = random.int(0, 255);
  const shapes = [changed, raw.slice(0, at), Uint8Array.from([...raw, 0]), new Uint8Array(0)];
  return [
    { raw: random.pick([changed, changed, changed, ...shapes]), sender },
    { raw, sender },
  ];
}

interface Options {
  readonly isSerial?: boolean;
  readonly more?: readonly GenesisAccount[];
}

/** One worker over the state of random blocks, and `more`. */
async function start(rules: ExecutionRules, by: 'core' | 'host', { isSerial = false, more = [] }: Options = {}) {
  const core = instantiateCore(await loadSharedCore('debug'), 0);
  const engine = await createWasmEngine(rules, by === 'core' ? { core: core.steps } : {});
  const hostRuns = vi.spyOn(engine, 'runTransaction');
  const accounts = [...randomBlocksAlloc(rules), ...more].map(({ address, storage, ...account }) => {
    const slots = new Map([...storage].map(([slot, value]) => [slot, Buffer.from(value.slice(2), 'hex')]));
    return [address, { ...account, storage: slots }];
  });
  const reader = createMemoryState(Object.fromEntries(accounts));
  const run = createBlockRunner({ core, engine, reader, pool: createLonePool(core), isSerial });
  const limits = { sizeLimitBytes: 2 ** 20, deadline: Infinity, timeBudgetMs: Infinity };
  const hashes = { parentNumber: 0, bytes: new Uint8Array(32) };
  return {
    hostRuns: () => hostRuns.mock.calls.length,
    /** What transaction `tx` of the last block noted as read. */
    readCount(tx: number): number {
      let count = 0;
      forEachItem(core, readRow(core, tx).reads, () => count++);
      return count;
    },
    async run({ environment, transactions }: RandomBlock) {
      return summary(await run({ context: { environment, hashes }, transactions, limits, rules }, noCancel()));
    },
  };
}

type Left = ReturnType<typeof summary>;

/** The core has read nothing that the host has not, and of what is no balance all of it. */
function expectSame(onCore: Left, byHost: Left, what?: string): void {
  const reads = (left: Left): string[][] => ('reads' in left ? left.reads : []);
  const others = (left: Left) => reads(left).map((names) => names.filter((name) => !name.includes('"balance"')));
  expect({ ...onCore, reads: others(onCore) }, what).toEqual({ ...byHost, reads: others(byHost) });
  for (const [index, names] of reads(byHost).entries()) {
    expect(names, what).toEqual(expect.arrayContaining(reads(onCore)[index] ?? []));
  }
}

/** Everything of a block but its times. */
function summary(block: BlockRun) {
  if (block.status !== 'done') return block;
  const { core, committed, job, results } = block;
  const count = job.transactions.length;
  const { transactions, locations } = blockAccesses(block);
  const names = (numbers: Iterable<number>) => [...numbers].map((number) => JSON.stringify(locations[number])).sort();
  const { reads, sets, adds } = transactions;
  return {
    leftOut: leftOutCandidates(block),
    results,
    gasUsed: committed.map(({ gasUsed, hasFee }) => ({ gasUsed, hasFee })),
    reads: committed.map((_, index) => names(reads.of(index))),
    writes: committed.map((_, index) => names([...sets.of(index), ...adds.of(index)])),
    diff: committedDiff(core, [readRow(core, count), readRow(core, count + 1), ...committed], 1),
  };
}
