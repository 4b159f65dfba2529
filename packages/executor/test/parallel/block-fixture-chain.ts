import { join } from 'node:path';
import {
  decodeBlock,
  decodeTransaction,
  type ExecutionRules,
  type Fork,
  type GenesisAccount,
  type Hash,
  HeddleError,
  hashHeader,
  hexToBytes,
  recoverSender,
} from '@heddle/primitives';
import { temporaryDirectory } from '@heddle/testkit';
import { createExecutor } from '../../src/executor.ts';
import { environmentOf, mismatch } from '../../src/executor-api.ts';
import { type BatchOperation, createDatabase, type Database } from '../../src/state/database.ts';
import { genesisOperations } from '../../src/state/genesis-state.ts';
import { stateOperations } from '../../src/state/state-operations.ts';
import { openStateTrie, type SharedStateTrie } from '../../src/trie/state-trie.ts';
import type { BlockCase } from '../support/block-fixtures.ts';
import { toAccount } from '../support/state-fixtures.ts';
import { TESTED_ENGINE } from '../support/tested-engine.ts';
import { noCancel, RULES } from './test-chain.ts';

/** Imports official block tests, one after another, with one parallel executor over a store on disk. */
export interface FixtureChain {
  /** What differs from the recording, undefined when all agrees. */
  check(testCase: BlockCase): Promise<string | undefined>;
  close(): Promise<void>;
}

/** A chain on `fork` whose executor has `workers`. */
export async function createFixtureChain(fork: Fork, workers: number): Promise<FixtureChain> {
  const folder = temporaryDirectory('fixtures');
  const databasePath = join(folder.path, 'database');
  const database = await createDatabase(databasePath);
  const rules: ExecutionRules = {
    ...RULES,
    chainId: 1,
    fork,
    transactionGasCap: fork === 'osaka' ? 1n << 24n : undefined,
  };
  const hashes = new Map<number, Hash>();
  let trie = openStateTrie(database, genesisOperations([]).stateRoot);
  const current: SharedStateTrie = {
    root: (diff) => trie.root(diff),
    operations: (root) => trie.operations(root),
    apply: (root) => trie.apply(root),
    shared: trie.shared, // each case begins a trie of its own, which no helper knows
    employ: () => undefined,
  };
  const readBlockHash = (number: number) => hashes.get(number);
  const executor = await createExecutor({
    rules,
    engine: TESTED_ENGINE,
    databasePath,
    database,
    workers,
    trie: current,
    readBlockHash,
    core: { build: 'debug' },
  });
  await executor.pool.whenReady();
  const written = new Map<string, Uint8Array>();
  const write = async (operations: readonly BatchOperation[]) => {
    for (const { key } of operations) written.set(Buffer.from(key).toString('hex'), key);
    await database.batch(operations, { sync: false });
  };

  const importBlock = async (rlp: string): Promise<string | undefined> => {
    const block = decodeBlock(hexToBytes(rlp));
    const transactions = block.transactions.map((raw) => ({ raw, sender: recoverSender(decodeTransaction(raw)) }));
    const outcome = await executor.execute({ environment: environmentOf(block), transactions, cancel: noCancel() });
    if (outcome.status === 'cancelled') return outcome.status;
    if (outcome.status === 'invalid') return outcome.reason;
    const { result } = outcome;
    const difference = mismatch(block.header, result);
    if (difference !== undefined) return difference;
    const { stateRoot } = result;
    await write([...stateOperations(database, block.header.number, result.diff), ...trie.operations(stateRoot)]);
    executor.apply(stateRoot);
    hashes.set(block.header.number, hashHeader(block.header));
    return undefined;
  };

  return {
    async check(testCase) {
      await clear(database, written);
      const { operations, stateRoot } = genesisOperations(allocOf(testCase));
      await write(operations);
      trie = openStateTrie(database, stateRoot);
      executor.forgetState();
      hashes.clear();
      hashes.set(Number(testCase.genesisBlockHeader.number), testCase.genesisBlockHeader.hash);
      for (const [index, { rlp, expectException }] of testCase.blocks.entries()) {
        const failure = await importBlock(rlp).catch((error) => {
          if (error instanceof HeddleError && error.code !== 'EXECUTION_FAILED') return error.message;
          throw error;
        });
        if (expectException !== undefined || failure?.includes('timestamp exceeds 2^53')) return undefined;
        if (failure !== undefined) return `block ${index}: ${failure}`;
      }
      return undefined;
    },
    async close() {
      await executor.close();
      await database.close();
      folder.remove();
    },
  };
}

async function clear(database: Database, written: Map<string, Uint8Array>): Promise<void> {
  await database.batch(
    [...written.values()].map((key): BatchOperation => ({ type: 'del', key })),
    { sync: false },
  );
  written.clear();
}

function allocOf({ pre }: BlockCase): GenesisAccount[] {
  return Object.entries(pre).map(([address, account]) => {
    const { balance = 0n, nonce = 0n, code = new Uint8Array(), storage = {} } = toAccount(account);
    const entries = storage instanceof Map ? [...storage] : Object.entries(storage);
    const slots = entries.filter(([, value]) => (value as Uint8Array).some((byte) => byte !== 0));
    return {
      address: address.toLowerCase() as Hash,
      balance,
      nonce,
      code,
      storage: new Map(
        slots.map(([slot, value]) => [slot as Hash, `0x${Buffer.from(value as Uint8Array).toString('hex')}` as Hash]),
      ),
    };
  });
}
