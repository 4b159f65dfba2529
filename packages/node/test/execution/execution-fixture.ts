import { createExecutor, type Database, hasStore, openStateTrie, PendingWrites } from '@heddle/executor';
import {
  type Address,
  type Block,
  decodeBlock,
  decodeHeader,
  encodeBlock,
  encodeCommitCertificate,
  type Hash,
  type Header,
  hashHeader,
  type Transaction,
} from '@heddle/primitives';
import { ETHER, type TestAccount, testAccount, testAccounts } from '@heddle/testkit';
import { readBlockHash } from '../../src/chain/block-records.ts';
import { type ChainStore, createStore, openStore } from '../../src/chain/chain-store.ts';
import { createBlockWriter } from '../../src/execution/block-writer.ts';
import { ExecutionService, type ExecutionStore } from '../../src/execution/execution-service.ts';
import type { BuildJob, CommitJob, ExecuteJob } from '../../src/execution/main-boundary.ts';
import { heddleSource } from '../../src/genesis/heddle-source.ts';
import { makeGenesis } from '../../src/genesis/make-genesis.ts';
import type { Genesis } from '../../src/genesis/read-genesis.ts';
import { packBytes } from '../../src/pool/packed-bytes.ts';

/** Funded with 10,000 ether each. */
export const ACCOUNTS: readonly TestAccount[] = testAccounts(4);
/** The first of them. */
export const ALICE = testAccount(0);

/** A devnet's chain, made of the same choices each time. */
export function testSpec(
  choices: { readonly timestamps?: 'strict' | 'shared'; readonly validatorCount?: number } = {},
): Genesis {
  return makeGenesis({
    seed: 'execution',
    validatorCount: choices.validatorCount ?? 4,
    prefunded: ACCOUNTS.map(({ address }) => address),
    balanceWei: 10_000n * ETHER,
    predeploys: 'none',
    timestamp: 1_700_000_000,
    chainId: undefined,
    gasLimit: undefined,
    elasticity: undefined,
    timestamps: choices.timestamps,
    base: undefined,
  }).spec;
}

/** The service over a real executor of one worker and a real store. */
export interface ServiceUnderTest {
  readonly spec: Genesis;
  readonly service: ExecutionService;
  /** A fee address of the chain's validators. */
  readonly beneficiary: Address;
  close(): Promise<void>;
}

/** The same with the store's database. */
export interface StoredServiceUnderTest extends ServiceUnderTest {
  readonly database: Database;
}

/** What a test changes below the service. */
export interface ServiceOptions {
  readonly workers?: number;
  /** Stands between the writer and the database. */
  batch?(database: Database): Database['batch'];
}

async function openOrCreate(path: string, spec: Genesis): Promise<ChainStore> {
  const source = heddleSource('', spec);
  if (!(await hasStore(path))) {
    const block = (stateRoot: Hash) => source.blockWith(stateRoot);
    await createStore(path, { alloc: spec.alloc, block, nextValidators: source.nextValidators });
  }
  return openStore(path, { genesisHash: undefined });
}

/** Opens the chain of `spec` in `path`, making it when there is none. `wrap` stands between service and store. */
export async function openService(
  path: string,
  spec = testSpec(),
  wrap: (store: ExecutionStore, database: Database) => ExecutionStore = (store) => store,
  options: ServiceOptions = {},
): Promise<StoredServiceUnderTest> {
  const store = await openOrCreate(path, spec);
  const { head } = store;
  const database: Database = { ...store.database, batch: options.batch?.(store.database) ?? store.database.batch };
  const pending = new PendingWrites(database);
  const trie = openStateTrie(pending, decodeHeader(head.header).stateRoot);
  const executor = await createExecutor({
    rules: spec,
    databasePath: path,
    database: pending,
    pendingDiffs: () => pending.diffs(),
    workers: options.workers ?? 1,
    trie,
    readBlockHash: (number) => readBlockHash(pending, number),
  });
  const writer = wrap(createBlockWriter({ database, pending, trie, head }), database);
  const service = new ExecutionService({ spec, executor, store: writer });
  return {
    spec,
    service,
    database,
    beneficiary: spec.validators[0]?.feeAddress ?? ALICE.address,
    async close() {
      await service.close();
      await store.close();
    },
  };
}

/** A block with all that a job needs of it. */
export interface JobBlock {
  readonly blockId: Hash;
  readonly block: Uint8Array;
  readonly senders: readonly Address[];
}

/** What to build a block of; the rest of the job follows from the service's head. */
export interface BuildChoice {
  readonly transactions?: readonly Transaction[];
  readonly senders?: readonly Address[];
  /** Milliseconds after the parent's second; default 1,000. */
  readonly afterMs?: number;
}

/** The job of building on the service's head. */
export function buildJob({ service, beneficiary }: ServiceUnderTest, choice: BuildChoice = {}): BuildJob {
  const { transactions = [], senders = transactions.map(() => ALICE.address), afterMs = 1_000 } = choice;
  const parent = decodeHeader(service.head.header);
  return {
    parentHash: service.head.hash,
    timestampMs: parent.timestamp * 1_000 + afterMs,
    beneficiary,
    candidates: { raws: packBytes(transactions.map(({ raw }) => raw)), senders },
    timeBudgetMs: 60_000,
    cancel: cancelWord(),
  };
}

/** Builds a block of `choice`, all of which must fit, on the service's head. */
export async function build(on: ServiceUnderTest, choice: BuildChoice = {}): Promise<JobBlock> {
  const job = buildJob(on, choice);
  const answer = await on.service.build(job);
  if (answer.status !== 'built') throw new Error('nobody cancelled it');
  const count = decodeBlock(answer.block).transactions.length;
  if (count !== job.candidates.senders.length) throw new Error(`the block holds ${count} transactions only`);
  return { blockId: answer.blockId, block: answer.block, senders: job.candidates.senders };
}

/** The job of executing `block`. */
export function executeJob({ blockId, block, senders }: JobBlock, cancel = cancelWord()): ExecuteJob {
  return { blockId, block, senders, cancel };
}

/** The job of committing `block`, as if round `round` had decided it. */
export function commitJob({ blockId, block, senders }: JobBlock, { service }: ServiceUnderTest, round = 0): CommitJob {
  const height = service.head.number + 1;
  const validators = service.head.nextValidators;
  const signature = { validator: ALICE.address, signature: new Uint8Array(65).fill(7) };
  const certificate = encodeCommitCertificate({ height, round, blockId, signatures: [signature] });
  return { blockId, block, senders, certificate, validators, nextValidators: validators };
}

/** `block` with other content; its id follows. */
export function changed(
  { block, senders }: JobBlock,
  change: (block: Block) => { readonly header?: Partial<Header> } & Partial<Omit<Block, 'header'>>,
): JobBlock {
  const old = decodeBlock(block);
  const { header, ...body } = change(old);
  const next: Block = { ...old, ...body, header: { ...old.header, ...header } };
  return { blockId: hashHeader(next.header), block: encodeBlock(next), senders };
}

/** A cancel word; set when `isSet`. */
export function cancelWord(isSet = false): SharedArrayBuffer {
  const word = new SharedArrayBuffer(4);
  if (isSet) Atomics.store(new Int32Array(word), 0, 1);
  return word;
}
