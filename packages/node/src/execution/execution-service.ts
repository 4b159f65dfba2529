import {
  type BlockResult,
  type BuildOutcome,
  type Executor,
  environmentOf,
  mismatch,
  orderedTrieRoot,
  type StateDiff,
} from '@heddle/executor';
import {
  type Address,
  assert,
  type Block,
  type ChainSpec,
  decodeBlock,
  decodeCommitCertificate,
  decodeHeader,
  encodeBlock,
  encodeHeader,
  encodeWithdrawal,
  equalBytes,
  type Hash,
  type Header,
  HeddleError,
  hashHeader,
  ZERO_ADDRESS,
} from '@heddle/primitives';
import type { LeftOutNotice } from '../pool/main-boundary.ts';
import { unpackBytes } from '../pool/packed-bytes.ts';
import { type ParallelismRecord, parallelismRecord, summarize } from './block-summary.ts';
import { BlocksAhead } from './blocks-ahead.ts';
import {
  childEnvironment,
  HEADER_ALLOWANCE_BYTES,
  headerFault,
  MAX_BLOCK_SIZE_BYTES,
  sealHeader,
  timestampMsOf,
} from './child-header.ts';
import { blockNotOnHead, commitForeignBody, commitInvalid } from './execution-errors.ts';
import type {
  BuildAnswer,
  BuildJob,
  CommitJob,
  CommittedBlock,
  ExecuteAnswer,
  ExecuteJob,
  HeadInfo,
} from './main-boundary.ts';
import { type ExecutedBlock, Overlay } from './overlay.ts';
import { ParallelismRecords } from './parallelism-records.ts';

/** A block that goes to disk, with everything that one batch writes of it. */
export interface BlockToStore extends ExecutedBlock {
  readonly blockId: Hash;
  readonly job: CommitJob;
}

/** The store as the execution thread writes it. */
export interface ExecutionStore {
  /** The head when the node started. */
  readonly head: HeadInfo;
  /**
   * State, history, trie, block, receipts, indexes, certificate and head in one synced batch; resolves when it is on disk.
   * Later blocks may come before that: what is executed next stands on this one. Blocks are on disk in their order, and
   * none after one that failed.
   */
  write(block: BlockToStore, head: HeadInfo): Promise<void>;
}

/** What executing needs. */
export interface ExecutionDependencies {
  readonly spec: ChainSpec;
  readonly executor: Executor;
  readonly store: ExecutionStore;
}

/** A decided block that was executed; nothing may be said of it before `written` resolves. */
export interface TakenBlock {
  readonly written: Promise<CommittedBlock>;
}

/** Above this many changed accounts the pool looks at all of its own. */
const MAX_TOUCHED = 10_000;

/**
 * Builds, executes and commits blocks, one job after another; the one writer of the chain. While a block is written, the
 * next ones are executed on it already. After a write that failed every job fails: what was executed ahead is no more,
 * and the store takes nothing before it is opened anew.
 */
export class ExecutionService {
  readonly #spec: ChainSpec;
  readonly #executor: Executor;
  readonly #store: ExecutionStore;
  readonly #overlay = new Overlay();
  readonly #parallelism = new ParallelismRecords();
  readonly #counts = {
    heddle_executor_blocks_total: 0,
    heddle_executor_transactions_total: 0,
    heddle_executor_gas_total: 0,
    heddle_executor_re_executions_total: 0,
    heddle_executor_execution_seconds_total: 0,
    heddle_executor_encoding_seconds_total: 0,
    heddle_executor_flushing_seconds_total: 0,
  };
  /** The last block on disk: what others are told of. */
  #head: HeadInfo;
  /** The last decided block, on which jobs stand. */
  #tip: HeadInfo;
  /** The tip's. */
  #parent: Header;
  /** Decided blocks from the head to the tip. */
  readonly #ahead = new BlocksAhead();

  constructor({ spec, executor, store }: ExecutionDependencies) {
    this.#spec = spec;
    this.#executor = executor;
    this.#store = store;
    this.#head = store.head;
    this.#tip = store.head;
    this.#parent = decodeHeader(store.head.header);
  }

  get head(): HeadInfo {
    return this.#head;
  }

  /** The figures of a block that was executed here lately. */
  parallelism(blockNumber: number): ParallelismRecord | undefined {
    return this.#parallelism.get(blockNumber);
  }

  /**
   * Builds an empty block and drops it, so that the first real one does not pay for loading and compiling the EVM: cold
   * it takes longer than a round waits for its proposal.
   */
  async warmUp(): Promise<void> {
    const choice = {
      timestampMs: timestampMsOf(this.#parent) + 1_000,
      beneficiary: ZERO_ADDRESS,
      validators: this.#tip.nextValidators,
    };
    const environment = childEnvironment(this.#parent, this.#spec, choice);
    const cancel = new Int32Array(1);
    await this.#executor.build({ environment, candidates: [], timeBudgetMs: 1_000, sizeLimitBytes: 0, cancel });
  }

  /**
   * A new block on the head from the candidates, in their order.
   *
   * @throws HeddleError `BLOCK_NOT_ON_HEAD`
   */
  async build(job: BuildJob): Promise<BuildAnswer> {
    this.#ahead.refuseAfterFailure();
    if (job.parentHash !== this.#tip.hash) throw blockNotOnHead('a block to build', job.parentHash, this.#tip.hash);
    const { timestampMs, beneficiary, candidates, timeBudgetMs } = job;
    const validators = this.#tip.nextValidators;
    const environment = childEnvironment(this.#parent, this.#spec, { timestampMs, beneficiary, validators });
    const outcome = await this.#executor.build({
      environment,
      candidates: unpackBytes(candidates.raws).map((raw, index) => ({ raw, sender: at(candidates.senders, index) })),
      timeBudgetMs,
      sizeLimitBytes: MAX_BLOCK_SIZE_BYTES - HEADER_ALLOWANCE_BYTES,
      cancel: new Int32Array(job.cancel),
    });
    if (outcome.status === 'cancelled') return outcome;
    const { result } = outcome;
    const header = sealHeader(environment, timestampMs, result);
    const block: Block = { header, transactions: result.transactions, withdrawals: [] };
    const blockId = hashHeader(header);
    this.#overlay.put(blockId, { block, senders: sendersOf(result.transactions, candidates), result });
    return { status: 'built', blockId, block: encodeBlock(block), ...leftOutHashes(outcome) };
  }

  /**
   * Whether a block may follow the head: its header's rules, then everything that executing it yields.
   *
   * @throws HeddleError `BLOCK_NOT_ON_HEAD` for a block of another height than the next: it cannot be judged here
   */
  async execute(job: ExecuteJob): Promise<ExecuteAnswer> {
    this.#ahead.refuseAfterFailure();
    const executed = this.#overlay.get(job.blockId);
    if (executed && equalBytes(encodeBlock(executed.block), job.block)) return { status: 'valid' };
    const block = readBlock(job.block);
    if (typeof block === 'string') return foreignBody(block);
    const { number, parentHash } = block.header;
    // Of the next height a block on another parent is invalid for good: the head is final.
    if (number !== this.#tip.number + 1) throw blockNotOnHead('a block to execute', parentHash, this.#tip.hash);
    return this.#execute(job, block, new Int32Array(job.cancel));
  }

  /**
   * Puts a decided block on disk and moves the head to it. Resolves once it is synced.
   *
   * @throws HeddleError as {@link ExecutionService.take}; of the store
   */
  async commit(job: CommitJob): Promise<CommittedBlock> {
    const { written } = await this.take(job);
    return written;
  }

  /**
   * Executes a decided block, unless that was done, and begins to put it on disk. Resolves when the next job may begin:
   * it will stand on this block.
   *
   * @throws HeddleError `BLOCK_NOT_ON_HEAD`, `COMMIT_INVALID`, `COMMIT_FOREIGN_BODY`; of the store for an earlier block
   */
  async take(job: CommitJob): Promise<TakenBlock> {
    await this.#ahead.room();
    this.#ahead.refuseAfterFailure();
    const { blockId, certificate, validators, nextValidators } = job;
    const { round } = decodeCommitCertificate(certificate);
    const executed = this.#overlay.get(blockId) ?? (await this.#executeDecided(job));
    const { header } = executed.block;
    const head: HeadInfo = {
      number: header.number,
      hash: blockId,
      header: encodeHeader(header),
      certificate,
      validators,
      nextValidators,
    };
    const startedMs = performance.now();
    const onDisk = this.#store.write({ ...executed, blockId, job }, head);
    this.#executor.apply(header.stateRoot);
    const encodedMs = performance.now();
    this.#counts.heddle_executor_encoding_seconds_total += (encodedMs - startedMs) / 1_000;
    this.#overlay.clear();
    this.#tip = head;
    this.#parent = header;
    const written = onDisk.then(() => {
      this.#counts.heddle_executor_flushing_seconds_total += (performance.now() - encodedMs) / 1_000;
      return this.#publish(head, round, executed);
    });
    this.#ahead.add(written, executed.result.diff.accounts.size);
    return { written };
  }

  /** A write failed: the store takes nothing before it is opened anew. */
  get hasFailed(): boolean {
    return this.#ahead.hasFailed;
  }

  /** Resolves when nothing is on its way to the disk, be it that it failed. */
  settled(): Promise<void> {
    return this.#ahead.settled();
  }

  /** Counts since the start, by metric name. */
  metrics(): Readonly<Record<string, number>> {
    return { ...this.#counts, ...this.#executor.metrics() };
  }

  /** Ends the workers, and what is being written. */
  async close(): Promise<void> {
    await this.settled();
    await this.#executor.close();
  }

  /** The block is on disk. */
  #publish(head: HeadInfo, round: number, { block, result }: ExecutedBlock): CommittedBlock {
    const { number, hash } = head;
    const { figures, diff } = result;
    this.#head = head;
    this.#parallelism.keep(number, parallelismRecord({ number, hash }, figures));
    this.#count(result);
    const summary = summarize({ number, hash, round, gasUsed: block.header.gasUsed }, figures);
    return { head, touched: touchedBy(diff), summary };
  }

  async #execute(
    { blockId, block: bytes, senders: givenSenders }: Pick<ExecuteJob, 'blockId' | 'block' | 'senders'>,
    block: Block,
    cancel: Int32Array,
  ): Promise<ExecuteAnswer> {
    if (Atomics.load(cancel, 0) !== 0) return { status: 'cancelled' };
    assert(givenSenders.length === block.transactions.length, 'every transaction of a block comes with its sender');
    const hash = hashHeader(block.header);
    if (hash !== blockId) return foreignBody(`the block's hash is ${hash}, not ${blockId}`);
    const rules = { parent: this.#parent, spec: this.#spec, validators: this.#tip.nextValidators };
    const fault = headerFault(block.header, rules);
    if (fault) return { status: 'invalid', reason: fault };
    const foreign = bodyFault(block);
    if (foreign) return foreignBody(foreign);
    const unfit = limitFault(block, bytes.length); // after the roots: whoever passed the body on could have made it large
    if (unfit) return { status: 'invalid', reason: unfit };
    const senders = givenSenders.filter((sender) => sender !== undefined);
    if (senders.length < givenSenders.length) {
      return { status: 'invalid', reason: `transaction ${givenSenders.indexOf(undefined)}: no valid signature` };
    }
    const outcome = await this.#executor.execute({
      environment: environmentOf(block),
      transactions: block.transactions.map((raw, index) => ({ raw, sender: at(senders, index) })),
      transactionsRoot: block.header.transactionsRoot, // the body is the header's
      cancel,
    });
    if (outcome.status === 'cancelled') return outcome;
    if (outcome.status === 'invalid') {
      return { status: 'invalid', reason: `transaction ${outcome.transactionIndex}: ${outcome.reason}` };
    }
    const difference = mismatch(block.header, outcome.result);
    if (difference !== undefined) return { status: 'invalid', reason: difference };
    this.#overlay.put(blockId, { block, senders, result: outcome.result });
    return { status: 'valid' };
  }

  /** A decided block that was never executed here, or whose result was dropped. */
  async #executeDecided(job: CommitJob): Promise<ExecutedBlock> {
    const { blockId, block: bytes } = job;
    const block = readBlock(bytes);
    if (typeof block === 'string') throw commitForeignBody(blockId, block);
    const { parentHash } = block.header;
    if (parentHash !== this.#tip.hash) throw blockNotOnHead('a decided block', parentHash, this.#tip.hash);
    const answer = await this.#execute(job, block, new Int32Array(1));
    if (answer.status === 'invalid') {
      throw answer.isForeignBody ? commitForeignBody(blockId, answer.reason) : commitInvalid(blockId, answer.reason);
    }
    const executed = this.#overlay.get(blockId);
    assert(executed !== undefined, 'nobody cancels the execution of a decided block');
    return executed;
  }

  #count({ figures, gasUsed }: BlockResult): void {
    this.#counts.heddle_executor_blocks_total++;
    this.#counts.heddle_executor_transactions_total += figures.transactionCount;
    this.#counts.heddle_executor_gas_total += Number(gasUsed);
    this.#counts.heddle_executor_re_executions_total += figures.reExecutions;
    this.#counts.heddle_executor_execution_seconds_total += figures.wallMs / 1_000;
  }
}

/** Whether the body is the one that the header names: it travels apart from the signed hash. */
function bodyFault({ header, transactions, ommers, withdrawals }: Block): string | undefined {
  if (ommers !== undefined) return 'ommersHash: the header says that there are no ommers';
  const transactionsRoot = orderedTrieRoot(transactions);
  if (transactionsRoot !== header.transactionsRoot) {
    return `transactionsRoot: the header says ${header.transactionsRoot}, the transactions give ${transactionsRoot}`;
  }
  const withdrawalsRoot = orderedTrieRoot(withdrawals.map(encodeWithdrawal));
  if (withdrawalsRoot === header.withdrawalsRoot) return undefined;
  return `withdrawalsRoot: the header says ${header.withdrawalsRoot}, the withdrawals give ${withdrawalsRoot}`;
}

/** EIP-4844. */
const BLOB_TYPE = 3;

/** What no body may be, although it is the one that the header names. */
function limitFault(block: Block, sizeBytes: number): string | undefined {
  if (block.withdrawals.length > 0) return 'withdrawals: no rule of this chain makes any';
  // Headers here say that there is no blob gas (child-header.ts): an import would find that such a block uses some.
  const blobs = block.transactions.findIndex((raw) => raw[0] === BLOB_TYPE);
  if (blobs !== -1) return `transaction ${blobs}: blob transactions are not supported yet`;
  return sizeBytes > MAX_BLOCK_SIZE_BYTES ? `size: ${sizeBytes} bytes exceed ${MAX_BLOCK_SIZE_BYTES}` : undefined;
}

/** The block of these bytes, or why they are none. */
function readBlock(bytes: Uint8Array): Block | string {
  try {
    return decodeBlock(bytes);
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error;
    return `malformed: ${error.message}`;
  }
}

/** The bytes that came are not those of the block; nothing is said of the block itself. */
function foreignBody(reason: string): ExecuteAnswer {
  return { status: 'invalid', reason, isForeignBody: true };
}

/** The senders of a built block's transactions: these stand in the block in the order of the candidates. */
function sendersOf(transactions: readonly Uint8Array[], candidates: BuildJob['candidates']): Address[] {
  const raws = unpackBytes(candidates.raws);
  let next = 0;
  return transactions.map((raw) => {
    while (next < raws.length && !equalBytes(at(raws, next), raw)) next++;
    return at(candidates.senders, next++);
  });
}

type Built = Extract<BuildOutcome, { status: 'built' }>;

function leftOutHashes({ leftOut }: Built): Pick<LeftOutNotice, 'invalid' | 'tooSlow' | 'failed'> {
  const hashesOf = (why: Built['leftOut'][number]['why']) =>
    leftOut.filter((one) => one.why === why).map(({ hash }) => hash);
  return { invalid: hashesOf('invalid'), tooSlow: hashesOf('too-slow'), failed: hashesOf('failed') };
}

function touchedBy({ accounts }: StateDiff): readonly Address[] | 'all' {
  return accounts.size > MAX_TOUCHED ? 'all' : [...accounts.keys()];
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  assert(item !== undefined, 'the list is as long as the one beside it');
  return item;
}
