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
import { unpackBytes } from '../pool/packed-bytes.ts';
import { type ParallelismRecord, parallelismRecord, summarize } from './block-summary.ts';
import {
  childEnvironment,
  HEADER_ALLOWANCE_BYTES,
  headerFault,
  MAX_BLOCK_SIZE_BYTES,
  sealHeader,
  timestampMsOf,
} from './child-header.ts';
import { blockNotOnHead, commitInvalid } from './execution-errors.ts';
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
  /** State, history, trie, block, receipts, indexes, certificate and head in one synced batch. */
  write(block: BlockToStore, head: HeadInfo): Promise<void>;
}

/** What executing needs. */
export interface ExecutionDependencies {
  readonly spec: ChainSpec;
  readonly executor: Executor;
  readonly store: ExecutionStore;
}

/** Above this many changed accounts the pool looks at all of its own. */
const MAX_TOUCHED = 10_000;

/** Builds, executes and commits blocks on the head, one job after another; the one writer of the chain. */
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
  };
  #head: HeadInfo;
  #parent: Header;

  constructor({ spec, executor, store }: ExecutionDependencies) {
    this.#spec = spec;
    this.#executor = executor;
    this.#store = store;
    this.#head = store.head;
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
      validators: this.#head.nextValidators,
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
    if (job.parentHash !== this.#head.hash) throw blockNotOnHead('a block to build', job.parentHash, this.#head.hash);
    const { timestampMs, beneficiary, candidates, timeBudgetMs } = job;
    const validators = this.#head.nextValidators;
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
    return { status: 'built', blockId, block: encodeBlock(block), ...refused(outcome) };
  }

  /**
   * Whether a block may follow the head: its header's rules, then everything that executing it yields.
   *
   * @throws HeddleError `BLOCK_NOT_ON_HEAD` for a block of another height than the next: it cannot be judged here
   */
  async execute(job: ExecuteJob): Promise<ExecuteAnswer> {
    const executed = this.#overlay.get(job.blockId);
    if (executed && equalBytes(encodeBlock(executed.block), job.block)) return { status: 'valid' };
    const block = readBlock(job.block);
    if (typeof block === 'string') return foreignBody(block);
    const { number, parentHash } = block.header;
    // Of the next height a block on another parent is invalid for good: the head is final.
    if (number !== this.#head.number + 1) throw blockNotOnHead('a block to execute', parentHash, this.#head.hash);
    return this.#execute(job.blockId, block, job.senders, new Int32Array(job.cancel));
  }

  /**
   * Puts a decided block on disk and moves the head to it. Resolves once it is synced.
   *
   * @throws HeddleError `BLOCK_NOT_ON_HEAD`, `COMMIT_INVALID`
   */
  async commit(job: CommitJob): Promise<CommittedBlock> {
    const executed = this.#overlay.get(job.blockId) ?? (await this.#executeDecided(job));
    const { header } = executed.block;
    const { blockId, certificate, validators, nextValidators } = job;
    const { round } = decodeCommitCertificate(certificate);
    const { number } = header;
    const head: HeadInfo = {
      number,
      hash: blockId,
      header: encodeHeader(header),
      certificate,
      validators,
      nextValidators,
    };
    await this.#store.write({ ...executed, blockId, job }, head);
    this.#executor.apply(header.stateRoot);
    this.#overlay.clear();
    this.#head = head;
    this.#parent = header;
    const { figures } = executed.result;
    this.#parallelism.keep(number, parallelismRecord({ number, hash: blockId }, figures));
    this.#count(executed.result);
    const summary = summarize({ number, hash: blockId, round, gasUsed: header.gasUsed }, figures);
    return { head, touched: touchedBy(executed.result.diff), summary };
  }

  /** Counts since the start, by metric name. */
  metrics(): Readonly<Record<string, number>> {
    return { ...this.#counts, ...this.#executor.metrics() };
  }

  /** Ends the workers. */
  close(): Promise<void> {
    return this.#executor.close();
  }

  async #execute(
    blockId: Hash,
    block: Block,
    givenSenders: readonly (Address | undefined)[],
    cancel: Int32Array,
  ): Promise<ExecuteAnswer> {
    if (Atomics.load(cancel, 0) !== 0) return { status: 'cancelled' };
    assert(givenSenders.length === block.transactions.length, 'every transaction of a block comes with its sender');
    const hash = hashHeader(block.header);
    if (hash !== blockId) return foreignBody(`the block's hash is ${hash}, not ${blockId}`);
    const rules = { parent: this.#parent, spec: this.#spec, validators: this.#head.nextValidators };
    const fault = headerFault(block.header, rules);
    if (fault) return { status: 'invalid', reason: fault };
    const foreign = await bodyFault(block);
    if (foreign) return foreignBody(foreign);
    const unfit = limitFault(block); // after the roots: whoever passed the body on could have made it large
    if (unfit) return { status: 'invalid', reason: unfit };
    const senders = givenSenders.filter((sender) => sender !== undefined);
    if (senders.length < givenSenders.length) {
      return { status: 'invalid', reason: `transaction ${givenSenders.indexOf(undefined)}: no valid signature` };
    }
    const outcome = await this.#executor.execute({
      environment: environmentOf(block),
      transactions: block.transactions.map((raw, index) => ({ raw, sender: at(senders, index) })),
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
  async #executeDecided({ blockId, block: bytes, senders }: CommitJob): Promise<ExecutedBlock> {
    const block = readBlock(bytes);
    if (typeof block === 'string') throw commitInvalid(blockId, block);
    const { parentHash } = block.header;
    if (parentHash !== this.#head.hash) throw blockNotOnHead('a decided block', parentHash, this.#head.hash);
    const answer = await this.#execute(blockId, block, senders, new Int32Array(1));
    if (answer.status === 'invalid') throw commitInvalid(blockId, answer.reason);
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
async function bodyFault({ header, transactions, ommers, withdrawals }: Block): Promise<string | undefined> {
  if (ommers !== undefined) return 'ommersHash: the header says that there are no ommers';
  const transactionsRoot = await orderedTrieRoot(transactions);
  if (transactionsRoot !== header.transactionsRoot) {
    return `transactionsRoot: the header says ${header.transactionsRoot}, the transactions give ${transactionsRoot}`;
  }
  const withdrawalsRoot = await orderedTrieRoot(withdrawals.map(encodeWithdrawal));
  if (withdrawalsRoot === header.withdrawalsRoot) return undefined;
  return `withdrawalsRoot: the header says ${header.withdrawalsRoot}, the withdrawals give ${withdrawalsRoot}`;
}

/** What no body may be, although it is the one that the header names. */
function limitFault(block: Block): string | undefined {
  if (block.withdrawals.length > 0) return 'withdrawals: no rule of this chain makes any';
  const sizeBytes = encodeBlock(block).length;
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

function refused({ leftOut }: Extract<BuildOutcome, { status: 'built' }>): { invalid: Hash[]; tooSlow: Hash[] } {
  const hashesOf = (why: 'invalid' | 'too-slow') => leftOut.filter((one) => one.why === why).map((one) => one.hash);
  return { invalid: hashesOf('invalid'), tooSlow: hashesOf('too-slow') };
}

function touchedBy({ accounts }: StateDiff): readonly Address[] | 'all' {
  return accounts.size > MAX_TOUCHED ? 'all' : [...accounts.keys()];
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  assert(item !== undefined, 'the list is as long as the one beside it');
  return item;
}
