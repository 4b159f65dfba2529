import { join } from 'node:path';
import {
  type Address,
  EMPTY_BYTES,
  type ExecutionRules,
  type GenesisAccount,
  type Hash,
  keccak256Hex,
  ZERO_HASH,
} from '@heddle/primitives';
import { GWEI, TEST_CHAIN_ID, temporaryDirectory } from '@heddle/testkit';
import type { InspectableExecutor } from '../../src/block-executor.ts';
import type { BlockEnvironment } from '../../src/engine.ts';
import { namedEngine } from '../../src/engines/named-engine.ts';
import { createExecutor, type ExecutorOptions } from '../../src/executor.ts';
import type { Executor } from '../../src/executor-api.ts';
import { createPlainExecutor } from '../../src/plain/plain-executor.ts';
import { createDatabase, type Database } from '../../src/state/database.ts';
import { genesisOperations } from '../../src/state/genesis-state.ts';
import { headState } from '../../src/state/state-reader.ts';
import { openStateTrie } from '../../src/trie/state-trie.ts';
import { TESTED_ENGINE } from '../support/tested-engine.ts';

/** Where all fees of test blocks go unless a block says otherwise. */
export const BENEFICIARY: Address = `0x${'fe'.repeat(20)}`;

/** Rules of a default devnet. */
export const RULES: ExecutionRules = {
  chainId: TEST_CHAIN_ID,
  fork: 'osaka',
  transactionGasCap: 1n << 24n,
  codeSizeLimit: 24_576,
};

/** A store with a genesis state; executors run blocks on that state. */
export interface TestChain {
  readonly genesisRoot: Hash;
  readonly database: Database;
  start(
    workers: number,
    options?: Partial<Pick<ExecutorOptions, 'rules' | 'core' | 'database' | 'onWorkerDeath' | 'pendingDiffs' | 'trie'>>,
  ): Promise<InspectableExecutor>;
  /** One that runs plainly. */
  startPlain(rules?: ExecutionRules): Promise<Executor>;
  close(): Promise<void>;
}

/** Makes a store that holds `alloc`. */
export async function createTestChain(alloc: readonly GenesisAccount[]): Promise<TestChain> {
  const folder = temporaryDirectory('executor');
  const databasePath = join(folder.path, 'database');
  const database = await createDatabase(databasePath);
  const { stateRoot, operations } = genesisOperations(alloc);
  await database.batch(operations, { sync: false });
  const executors: Executor[] = [];
  const readBlockHash = (number: number) => (number === 0 ? blockHashOf(0) : undefined);
  return {
    genesisRoot: stateRoot,
    database,
    async start(workers, options = {}) {
      const trie = openStateTrie(database, stateRoot);
      const executor = await createExecutor({
        rules: RULES,
        engine: TESTED_ENGINE,
        databasePath,
        database,
        workers,
        trie,
        readBlockHash,
        core: { build: 'debug' },
        ...options,
      });
      executors.push(executor);
      await executor.pool.whenReady();
      return executor;
    },
    async startPlain(rules = RULES) {
      const executor = await createPlainExecutor({
        rules,
        createEngine: namedEngine(TESTED_ENGINE),
        state: headState(database),
        trie: openStateTrie(database, stateRoot),
        readBlockHash,
        keepsState: true,
      });
      executors.push(executor);
      return executor;
    },
    async close() {
      await Promise.all(executors.map((executor) => executor.close()));
      await database.close();
      folder.remove();
    },
  };
}

/** The hash that test blocks give block `number`. */
export function blockHashOf(number: number): Hash {
  return keccak256Hex(Buffer.from(`block ${number}`));
}

/** The environment of block 1, changed by `fields`. */
export function environment(fields: Partial<BlockEnvironment> = {}): BlockEnvironment {
  return {
    number: 1,
    timestamp: 1_700_000_001,
    beneficiary: BENEFICIARY,
    gasLimit: 30_000_000n,
    baseFeePerGas: GWEI,
    mixHash: keccak256Hex(Buffer.from('mix')),
    excessBlobGas: 0n,
    parentHash: blockHashOf(0),
    parentBeaconBlockRoot: ZERO_HASH,
    withdrawals: [],
    ...fields,
  };
}

/** A genesis account with `balance`, changed by `fields`. */
export function genesisAccount(
  address: Address,
  balance: bigint,
  fields: Partial<GenesisAccount> = {},
): GenesisAccount {
  return { address, balance, nonce: 0n, code: EMPTY_BYTES, storage: new Map(), ...fields };
}

/** A word that nobody sets. */
export function noCancel(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}
