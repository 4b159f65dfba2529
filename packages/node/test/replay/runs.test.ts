import { type Database, environmentOf, genesisOperations, namedEngine, stateRecordKind } from '@heddle/executor';
import type { EngineName } from '@heddle/primitives';
import { assemble, signedTransaction, type TestAccount, testAccounts } from '@heddle/testkit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { JsonField } from '../../src/files/json-field.ts';
import { readChainConfig } from '../../src/foreign/read-chain-config.ts';
import { createTemporaryStore, type TemporaryStore } from '../../src/foreign/temporary-store.ts';
import { type RunSetting, startParallelRuns } from '../../src/replay/parallel-runs.ts';
import { startPlainRuns } from '../../src/replay/plain-runs.ts';
import { readReplayBlock } from '../../src/replay/read-block.ts';
import { account, GENESIS, traceBlock } from './traced-block.ts';

const [alice, bob] = testAccounts(2) as [TestAccount, TestAccount];
const COUNTER = `0x${'c0'.repeat(20)}` as const;
/** Adds one to slot 0 and logs. */
const COUNT = assemble(0, 'SLOAD', 1, 'ADD', 0, 'SSTORE', 0, 0, 'LOG0', 'STOP');
const FLAT_KINDS = new Set(['accounts', 'slots', 'code']);
const ALLOC = [account(alice.address), account(bob.address), account(COUNTER, { code: COUNT })];

let store: TemporaryStore | undefined;
afterEach(() => {
  vi.restoreAllMocks();
  return store?.close();
});

/**
 * Two calls of one counter, on a store that counts what is read of the flat state. They pay it: else its account is read for
 * the root, which is no part of execution.
 */
async function counted(engine: EngineName) {
  const signed = [alice, bob].map((from) => ({
    transaction: signedTransaction(from, { to: COUNTER, gasLimit: 100_000n, value: 1n }),
    sender: from.address,
  }));
  const { block } = await traceBlock(ALLOC, signed);
  const config = readChainConfig(new JsonField('genesis', '', GENESIS).field('config'));
  const replay = readReplayBlock(new JsonField('block.json', '', block), config);
  const { stateRoot, operations } = genesisOperations(ALLOC);
  store = await createTemporaryStore(operations);
  const { database } = store;
  const reads: string[] = [];
  const watched: Database = {
    ...database,
    getSync(key) {
      const kind = stateRecordKind(key) ?? '';
      if (FLAT_KINDS.has(kind)) reads.push(kind);
      return database.getSync(key);
    },
  };
  const setting: RunSetting = {
    store: { ...store, database: watched },
    stateRoot,
    rules: replay.rules,
    engine,
    environment: environmentOf(replay.block),
    signed: replay.transactions.map(({ transaction: { raw }, sender }) => ({ raw, sender })),
    readBlockHash: () => undefined,
  };
  return { setting, reads, gasUsed: replay.block.header.gasUsed };
}

describe.each(['wasm', 'ethereumjs'] as const)('runs of a block that are timed, on %s', (engine) => {
  it('have in memory what they read before, plainly and with workers', async () => {
    const { setting, reads, gasUsed } = await counted(engine);
    const plain = await startPlainRuns(setting, await namedEngine(engine)(setting.rules));
    const one = await startParallelRuns(setting, 1);
    for (const run of [async () => (await plain.run()).outcome, one.run]) {
      expect((await run()).gasUsed).toBe(gasUsed);
      expect(new Set(reads)).toEqual(FLAT_KINDS);
      reads.length = 0;
      expect((await run()).gasUsed).toBe(gasUsed);
      expect(reads).toEqual([]);
    }
    await plain.close();
    await one.close();
  });
});

describe('plain execution that is timed', () => {
  it('is the one of nodes: on the core, and not by the host on maps, where the engine runs there', async () => {
    const { setting, gasUsed } = await counted('wasm');
    const host = await namedEngine('wasm')(setting.rules);
    vi.spyOn(host, 'runTransaction').mockRejectedValue(new RangeError('not by the host'));
    const plain = await startPlainRuns(setting, host);
    expect((await plain.run()).outcome.gasUsed).toBe(gasUsed);
    await plain.close();
  });

  it('is timed on maps as workers are: without what the block does before and after its transactions', async () => {
    const { setting } = await counted('ethereumjs');
    const host = await namedEngine('ethereumjs')(setting.rules);
    let nowMs = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
    const takes = (ms: number, name: 'runBlockStart' | 'runTransaction' | 'runBlockEnd') => {
      const run = host[name].bind(host) as (...parts: unknown[]) => unknown;
      return (...parts: unknown[]) => {
        nowMs += ms;
        return run(...parts);
      };
    };
    const timed = Object.assign(host, {
      runBlockStart: takes(1_000, 'runBlockStart'),
      runTransaction: takes(1, 'runTransaction'),
      runBlockEnd: takes(1_000, 'runBlockEnd'),
    });
    const plain = await startPlainRuns(setting, timed);
    expect((await plain.run()).wallMs).toBe(2);
    await plain.close();
  });
});
