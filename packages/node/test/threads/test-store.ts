import {
  type BlockEnvironment,
  createDatabase,
  createEthereumjsEngine,
  createPlainState,
  type Database,
  type Engine,
  environmentOf,
  executePlainly,
  genesisOperations,
  headState,
  type StateDiff,
  stateOperations,
} from '@heddle/executor';
import {
  assert,
  type Block,
  EMPTY_BYTES,
  type ExecutionRules,
  encodeHeader,
  encodeStoredReceipts,
  type FeeRules,
  type GenesisAccount,
  hashHeader,
  nextBaseFee,
  recoverSender,
  type Transaction,
} from '@heddle/primitives';
import type { StoredBlock } from '@heddle/rpc';
import { ETHER, GWEI, TEST_CHAIN_ID, testAccounts } from '@heddle/testkit';
import { readBlock } from '../../src/chain/block-records.ts';
import { type BlockToKeep, chainOperations } from '../../src/chain/chain-operations.ts';
import { readHead } from '../../src/chain/head-record.ts';
import type { HeadInfo } from '../../src/execution/main-boundary.ts';
import { genesisBlock } from '../../src/genesis/genesis-block.ts';

/** The rules of the test chain: a default devnet's. */
export const RULES: ExecutionRules = {
  chainId: TEST_CHAIN_ID,
  fork: 'osaka',
  transactionGasCap: 2n ** 24n,
  codeSizeLimit: 24_576,
};
export const FEES: FeeRules = { initialBaseFee: GWEI, elasticity: 2, baseFeeDenominator: 8 };
export const GAS_LIMIT = 30_000_000n;
/** Funded with 10,000 ether each. */
export const ACCOUNTS = testAccounts(10);
/** The proposer's fee address. */
export const BENEFICIARY = `0x${'fe'.repeat(20)}` as const;

/** A real store on disk that a test extends block by block: plain execution, no roots (nobody here checks them). */
export interface TestStore {
  readonly path: string;
  readonly database: Database;
  head(): HeadInfo;
  /** Writes a block without transactions after which the state is the head's with `diff`. */
  addChange(diff: StateDiff): Promise<HeadInfo>;
  /** Executes `transactions` on the head and writes the block. */
  addBlock(transactions?: readonly Transaction[]): Promise<HeadInfo>;
  close(): Promise<void>;
}

/** A store in `path` with a genesis of {@link ACCOUNTS} and `contracts`. */
export async function createTestStore(
  path: string,
  contracts: Readonly<Record<`0x${string}`, Uint8Array>> = {},
): Promise<TestStore> {
  const database = await createDatabase(path);
  const { stateRoot, operations } = genesisOperations([
    ...ACCOUNTS.map(({ address }) => account(address, { balance: 10_000n * ETHER })),
    ...Object.entries(contracts).map(([address, code]) => account(address as `0x${string}`, { code, nonce: 1n })),
  ]);
  const genesis = genesisBlock(
    {
      ...RULES,
      ...FEES,
      timestamps: 'strict',
      validators: [],
      genesisTimestamp: 1_700_000_000,
      gasLimit: GAS_LIMIT,
      genesisMixHash: `0x${'11'.repeat(32)}`,
      genesisBeneficiary: BENEFICIARY,
      genesisExtraData: '0x',
    },
    stateRoot,
  );
  const head = headOf(genesis);
  await database.batch(
    [...operations, ...chainOperations({ block: genesis, senders: [], receipts: encodeStoredReceipts([]), head })],
    {
      sync: false,
    },
  );
  let engine: Engine | undefined;
  return {
    path,
    database,
    head: () => headIn(database),
    addChange: (diff) => addChange(database, diff),
    async addBlock(transactions = []) {
      engine ??= await createEthereumjsEngine(RULES);
      return addBlock(database, engine, transactions);
    },
    close: () => database.close(),
  };
}

async function addChange(database: Database, diff: StateDiff): Promise<HeadInfo> {
  const { block: parent, hash } = headBlock(database);
  const block = childOf(parent, hash, []);
  return write(database, { block, senders: [], receipts: encodeStoredReceipts([]), head: headOf(block) }, diff);
}

async function addBlock(database: Database, engine: Engine, transactions: readonly Transaction[]): Promise<HeadInfo> {
  const { block: parent, hash } = headBlock(database);
  const draft = childOf(parent, hash, transactions);
  const senders = transactions.map(recoverSender);
  const prepared = transactions.map((transaction, index) => ({ transaction, sender: senders[index] ?? BENEFICIARY }));
  const environment: BlockEnvironment = environmentOf(draft);
  const state = createPlainState(headState(database), () => undefined);
  const outcome = await executePlainly(engine, { environment, transactions: prepared }, state);
  assert(outcome.status === 'executed', `the block is valid: ${JSON.stringify(outcome, (_, value) => String(value))}`);
  const { gasUsed, logsBloom, receipts, diff } = outcome;
  const block = { ...draft, header: { ...draft.header, gasUsed, logsBloom } };
  return write(database, { block, senders, receipts, head: headOf(block) }, diff);
}

function headBlock(database: Database): StoredBlock {
  const stored = readBlock(database, headIn(database).number);
  assert(stored !== undefined, 'the head stands in the store');
  return stored;
}

async function write(database: Database, block: BlockToKeep, diff: StateDiff): Promise<HeadInfo> {
  const { head } = block;
  const operations = [...stateOperations(database, head.number, diff), ...chainOperations(block)];
  await database.batch(operations, { sync: false });
  return head;
}

function childOf(parent: Block, parentHash: HeadInfo['hash'], transactions: readonly Transaction[]): Block {
  return {
    header: {
      ...parent.header,
      parentHash,
      number: parent.header.number + 1,
      timestamp: parent.header.timestamp + 1,
      baseFeePerGas: nextBaseFee(parent.header, FEES),
      extraData: '0x',
    },
    transactions: transactions.map(({ raw }) => raw),
    withdrawals: [],
  };
}

function headOf(block: Block): HeadInfo {
  const { header } = block;
  const rest = { certificate: undefined, validators: undefined, nextValidators: EMPTY_BYTES };
  return { number: header.number, hash: hashHeader(header), header: encodeHeader(header), ...rest };
}

function headIn(database: Database): HeadInfo {
  const head = readHead(database);
  assert(head !== undefined, 'the store has a genesis');
  return head;
}

function account(address: `0x${string}`, fields: Partial<GenesisAccount>): GenesisAccount {
  return { address, balance: 0n, nonce: 0n, code: EMPTY_BYTES, storage: new Map(), ...fields };
}
