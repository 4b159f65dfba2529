import { type ConsensusState, isBlockWanted } from '@heddle/consensus';
import {
  type Address,
  assert,
  type ChainSpec,
  decodeBlock,
  decodeHeader,
  equalBytes,
  type Hash,
  HeddleError,
  nextBaseFee,
} from '@heddle/primitives';
import type { CancelWord, HeadInfo } from '../execution/main-boundary.ts';
import type { CandidateBatch } from '../pool/main-boundary.ts';
import { packBytes, unpackBytes } from '../pool/packed-bytes.ts';
import type { BlockFetcher } from './block-fetcher.ts';
import type { DriverClock, DriverExecution, DriverLog, DriverPool } from './driver-ports.ts';
import { type FetchedBlock, isWhole, type KnownBlocks, type WholeBlock, wholeBlock } from './known-blocks.ts';
import { pause } from './pause.ts';

/** What the jobs need. */
export interface BlockJobsDependencies {
  readonly spec: ChainSpec;
  readonly execution: DriverExecution;
  readonly pool: DriverPool;
  readonly clock: DriverClock;
  readonly log: DriverLog;
  readonly fetcher: BlockFetcher;
  readonly known: KnownBlocks;
  readonly answers: BlockAnswers;
}

/** How jobs end; each is called at most once per job, never for one that was called off. */
export interface BlockAnswers {
  built(height: number, round: number, block: WholeBlock): void;
  valid(order: ValidateOrder, block: WholeBlock): void;
  /** `reason` is one line. */
  invalid(order: ValidateOrder, reason: string): void;
  /** Broken code of our own. */
  broke(error: unknown): void;
}

/** A block to build. */
export interface BuildOrder {
  readonly head: HeadInfo;
  readonly round: number;
  readonly timestampMs: number;
  readonly beneficiary: Address;
  readonly budgetMs: number;
}

/** A block to get and execute. */
export interface ValidateOrder {
  readonly height: number;
  readonly round: number;
  readonly blockId: Hash;
  /** Who proposed it, as far as known. */
  readonly proposer: Address | undefined;
}

interface Job {
  readonly height: number;
  readonly round: number;
  readonly cancel: CancelWord;
  readonly abort: AbortController;
  /** All of the block is here, and it is being executed. */
  isExecuting: boolean;
}

/** Times that the pool is asked for candidates on the head before an empty block is built. */
const CANDIDATE_ATTEMPTS = 5;
const RETRY_AFTER_MS = 20;
/** EIP-7934's limit: execution takes off what the block's frame needs. */
const CANDIDATE_BYTES = 8_388_608;
/** Least gas of a transaction: more candidates than fit by it are never of use. */
const LEAST_GAS = 21_000n;
/** A body that was not the header's is fetched again for as long as the block is needed, by other peers' lists. */
const LONGEST_BODY_PAUSE_MS = 1_000;
/** Transactions that a line of the log names. */
const LOGGED_HASHES = 10;

/** Builds and checks blocks beside the core's turns, and calls off what nobody needs any more. */
export class BlockJobs {
  readonly #of: BlockJobsDependencies;
  readonly #feeAddresses: ReadonlySet<Address>;
  #build: Job | undefined;
  readonly #checks = new Map<Hash, Job & { readonly order: ValidateOrder }>();
  /** Called off while not wanted; the core does not ask twice. */
  readonly #suspended = new Map<Hash, ValidateOrder>();

  constructor(dependencies: BlockJobsDependencies) {
    this.#of = dependencies;
    this.#feeAddresses = new Set(dependencies.spec.validators.map(({ feeAddress }) => feeAddress));
  }

  /** Whether a block of `height` is being fetched or executed. */
  isChecking(height: number): boolean {
    return [...this.#checks.values()].some((job) => job.height === height);
  }

  /** Whether this machine is at work for `round`: a block is being built for it, or one of its height executed. */
  isAtWork({ height, round }: { readonly height: number; readonly round: number }): boolean {
    const isBuilding = this.#build?.height === height && this.#build.round === round;
    return isBuilding || [...this.#checks.values()].some((job) => job.height === height && job.isExecuting);
  }

  build(order: BuildOrder): void {
    callOff(this.#build);
    const job = newJob(order.head.number + 1, order.round);
    this.#build = job;
    this.#run(job, () => this.#runBuild(job, order), 'building a block failed');
  }

  validate(order: ValidateOrder): void {
    if (this.#checks.has(order.blockId)) return;
    this.#suspended.delete(order.blockId);
    const job = { ...newJob(order.height, order.round), order };
    this.#checks.set(order.blockId, job);
    this.#run(job, () => this.#runCheck(job, order), 'checking a block failed');
  }

  /** Calls off what `state` does not need, and begins again what it needs after all. */
  review(state: ConsensusState): void {
    const { current } = state;
    if (!current) return;
    const { height } = current;
    const { round } = current.rounds;
    const isOver = (job: Job) => job.height < height || (job.height === height && job.round < round);
    if (this.#build && isOver(this.#build)) callOff(this.#build);
    for (const [blockId, job] of this.#checks) {
      if (!isOver(job) || (job.height === height && isBlockWanted(state, blockId))) continue;
      callOff(job);
      this.#checks.delete(blockId);
      if (job.height === height) this.#suspended.set(blockId, job.order);
    }
    for (const [blockId, order] of this.#suspended) {
      if (order.height !== height) this.#suspended.delete(blockId);
      else if (isBlockWanted(state, blockId)) this.validate({ ...order, round });
    }
  }

  /** The height under way is decided elsewhere: what execution builds for it would only hold up the decided block. */
  cancelBuild(): void {
    callOff(this.#build);
    this.#build = undefined;
  }

  /** Calls off everything: the height is decided, or the node stops. */
  cancelAll(): void {
    this.cancelBuild();
    for (const job of this.#checks.values()) callOff(job);
    this.#checks.clear();
    this.#suspended.clear();
  }

  /** Expected failures are tried again for as long as the job is needed: none of them says anything of the block. */
  #run(job: Job, work: () => Promise<void>, failure: string): void {
    const { clock, log, answers } = this.#of;
    work().catch((error: unknown) => {
      if (job.abort.signal.aborted) return;
      if (!(error instanceof HeddleError)) return answers.broke(error);
      log.warn({ height: job.height, round: job.round, code: error.code, reason: error.message }, failure);
      void pause(clock, RETRY_AFTER_MS * 10, job.abort.signal).then(() => {
        if (!job.abort.signal.aborted) this.#run(job, work, failure);
      });
    });
  }

  async #runBuild(job: Job, order: BuildOrder): Promise<void> {
    const { execution, pool, clock, log, answers } = this.#of;
    const { head, round, timestampMs, beneficiary } = order;
    const startedMs = clock.now();
    const candidates = await this.#candidates(job, head);
    if (job.abort.signal.aborted) return;
    const timeBudgetMs = Math.max(1, order.budgetMs - (clock.now() - startedMs));
    const { raws, senders } = candidates;
    const { cancel } = job;
    const parentHash = head.hash;
    const answer = await execution.build({
      parentHash,
      timestampMs,
      beneficiary,
      candidates: { raws, senders },
      timeBudgetMs,
      cancel,
    });
    if (answer.status === 'cancelled') return;
    const { invalid, tooSlow, failed } = answer;
    if (tooSlow.length + failed.length > 0) {
      const fields = { height: job.height, tooSlow: firstOf(tooSlow), failed: firstOf(failed) };
      log.warn(fields, 'transactions left out that cannot be built');
    }
    if (invalid.length + tooSlow.length + failed.length > 0) {
      pool.leftOut({ headHash: parentHash, invalid, tooSlow, failed });
    }
    if (job.abort.signal.aborted) return;
    answers.built(job.height, round, wholeBlock(answer.block, sendersOf(answer.block, candidates)));
    if (this.#build === job) this.#build = undefined;
  }

  /** The pool follows the head a moment later than it is told. */
  async #candidates(job: Job, head: HeadInfo): Promise<CandidateBatch> {
    const { spec, pool, clock, log } = this.#of;
    const request = {
      baseFeePerGas: nextBaseFee(decodeHeader(head.header), spec),
      gasLimit: spec.gasLimit,
      maxCount: Number(spec.gasLimit / LEAST_GAS),
      sizeLimitBytes: CANDIDATE_BYTES,
    };
    for (let attempt = 0; attempt < CANDIDATE_ATTEMPTS && !job.abort.signal.aborted; attempt++) {
      if (attempt > 0) await pause(clock, RETRY_AFTER_MS, job.abort.signal);
      const batch = await pool.candidates(request);
      if (batch.headHash === head.hash) return batch;
    }
    if (!job.abort.signal.aborted)
      log.warn({ height: job.height }, 'the pool is behind the head: building an empty block');
    return { headHash: head.hash, raws: packBytes([]), senders: [] };
  }

  async #runCheck(job: Job, order: ValidateOrder): Promise<void> {
    const { fetcher, known, clock, log, answers } = this.#of;
    const { height, blockId, proposer } = order;
    const { signal } = job.abort;
    for (let foreignBodies = 0; ; foreignBodies++) {
      const block = await fetcher.obtain({ blockId, height, proposer, foreignBodies, signal });
      if (!block || signal.aborted) return;
      job.isExecuting = true;
      const reason = await this.#fault(job, block);
      job.isExecuting = false;
      if (signal.aborted || reason === 'cancelled') return;
      if (reason !== 'foreign body') {
        this.#checks.delete(blockId);
        if (reason) return answers.invalid(order, reason.text);
        assert(isWhole(block), 'a valid block holds signed transactions only');
        return answers.valid(order, block);
      }
      // The proposal's signature covers the header alone: whoever passed the list of hashes on may have changed it.
      log.warn({ height, blockId }, 'a block came with transactions that its header does not name; fetching it again');
      known.forgetBody(blockId);
      await pause(clock, Math.min(RETRY_AFTER_MS * foreignBodies, LONGEST_BODY_PAUSE_MS), signal);
    }
  }

  async #fault(
    job: Job,
    { header, blockId, bytes, senders }: FetchedBlock,
  ): Promise<{ readonly text: string } | 'cancelled' | 'foreign body' | undefined> {
    if (!this.#feeAddresses.has(header.beneficiary)) {
      return { text: `beneficiary: ${header.beneficiary} is no validator's fee address` };
    }
    const answer = await this.#of.execution.execute({ blockId, block: bytes, senders, cancel: job.cancel });
    if (answer.status === 'valid') return undefined;
    if (answer.status === 'cancelled') return 'cancelled';
    return answer.isForeignBody ? 'foreign body' : { text: answer.reason };
  }
}

/** For the log: how many there are, and the first of them. */
function firstOf(hashes: readonly Hash[]): { readonly count: number; readonly first: readonly Hash[] } {
  return { count: hashes.length, first: hashes.slice(0, LOGGED_HASHES) };
}

/** A built block's transactions stand in the order of the candidates. */
function sendersOf(bytes: Uint8Array, candidates: CandidateBatch): Address[] {
  const raws = unpackBytes(candidates.raws);
  let next = 0;
  return decodeBlock(bytes).transactions.map((raw) => {
    while (next < raws.length && !equalBytes(raws[next] ?? raw, raw)) next++;
    const sender = candidates.senders[next++];
    assert(sender !== undefined, 'a built block holds candidates only');
    return sender;
  });
}

function newJob(height: number, round: number): Job {
  return { height, round, cancel: new SharedArrayBuffer(4), abort: new AbortController(), isExecuting: false };
}

function callOff(job: Job | undefined): void {
  if (!job) return;
  Atomics.store(new Int32Array(job.cancel), 0, 1);
  job.abort.abort();
}
