import { type Address, type Hash, HeddleError } from '@heddle/primitives';
import { type Handlers, type RemoteSide, Transferred } from '../threads/port-rpc.ts';
import { HeadFollower, type PoolStateSource } from './head-follower.ts';
import type { HeldKeys } from './held-keys.ts';
import { Intake, type IntakeJob, type Lane } from './intake.ts';
import {
  type AnsweredJob,
  gossipJob,
  refuseAll,
  senderJob,
  singleJob,
  submitAnswer,
  submitJob,
} from './intake-jobs.ts';
import type { MainForPool, PoolForMain, ResolvedBatch, SenderBatch } from './main-boundary.ts';
import { Outbox } from './outbox.ts';
import { buffersOf, packBytes, unpackBytes } from './packed-bytes.ts';
import { TransactionPool } from './pool.ts';
import type { PoolLimits } from './pool-limits.ts';
import { rejections } from './rejection.ts';
import type { PoolForRpc, SubmitAnswer, UnsignedSubmission } from './rpc-boundary.ts';
import type { FormRules } from './transaction-form.ts';

/** What the pool's service stands on. */
export interface PoolServiceOptions {
  readonly rules: FormRules;
  readonly limits: PoolLimits;
  readonly source: PoolStateSource;
  readonly keys: HeldKeys;
  readonly main: Pick<RemoteSide<MainForPool>, 'notify'>;
  /** A clock in milliseconds that never goes back. */
  readonly now: () => number;
}

/** The pool as its thread runs it: what it answers to main and to rpc. */
export interface PoolService {
  /** Without `stop`, which is the thread's. */
  readonly forMain: { readonly requests: Handlers<PoolForMain>['requests']; readonly notices: HeadNotices };
  readonly forRpc: Handlers<PoolForRpc>;
  /** Looks at what is due by time. To be called about twice a second. */
  tick(): void;
  /** Gives the state back; what waits is not answered any more. */
  close(): void;
}

type HeadNotices = Omit<Handlers<PoolForMain>['notices'], 'stop'>;

/** Local transactions gossiped again in one tick. */
const REGOSSIP_COUNT = 1_000;
/** Raw bytes of an unsigned transaction, for the lane's account: without its data. */
const UNSIGNED_OVERHEAD_BYTES = 256;

/** The pool behind its boundaries: queues what costs time, answers the rest at once, tells main what changed. */
export function createPoolService(options: PoolServiceOptions): PoolService {
  const { source, main, keys } = options;
  const state = source.open();
  const pool = new TransactionPool({ ...options, state });
  const follower = new HeadFollower(source, pool, state);
  const intake = new Intake({ count: options.limits.laneCount, sizeBytes: options.limits.laneBytes });
  const outbox = new Outbox((raws) => {
    const batch = packBytes(raws);
    main.notify('newTransactions', batch, buffersOf(batch));
  });
  const report = readinessReporter(pool, main);
  const enqueue: Enqueue = (lane, { job, answer }, whenFull) =>
    intake.offer(lane, reporting(job, report)) ? answer : whenFull();

  return {
    forMain: {
      requests: requestsOfMain(pool, enqueue, () => intake.waitingCount),
      notices: noticesOfMain(pool, follower, report),
    },
    forRpc: { requests: requestsOfRpc(pool, enqueue, keys, (raw) => outbox.add(raw)), notices: {} },
    tick() {
      for (const raw of pool.dueForRegossip(REGOSSIP_COUNT)) outbox.add(raw);
      pool.expire();
    },
    close() {
      intake.clear();
      outbox.flush();
      follower.close();
    },
  };
}

/** Queues a job in its lane; a full lane is answered at once by `whenFull`. */
type Enqueue = <T>(lane: Lane, work: AnsweredJob<T>, whenFull: () => T) => T | Promise<T>;

/** Tells main whether a block on the pool's head would hold transactions, whenever head or answer changed. */
function readinessReporter(pool: TransactionPool, main: Pick<RemoteSide<MainForPool>, 'notify'>): () => void {
  let lastHead: Hash | undefined;
  let last: boolean | undefined;
  return () => {
    const { headHash } = pool.state;
    const hasExecutable = pool.hasCandidates;
    if (headHash === lastHead && hasExecutable === last) return;
    lastHead = headHash;
    last = hasExecutable;
    main.notify('executableChanged', { headHash, hasExecutable });
  };
}

/** `job` with a report after each step: the first transaction of a batch must not wait for its last. */
function reporting(job: IntakeJob, report: () => void): IntakeJob {
  return {
    count: job.count,
    sizeBytes: job.sizeBytes,
    step() {
      const progress = job.step();
      report();
      return progress;
    },
  };
}

function requestsOfMain(
  pool: TransactionPool,
  enqueue: Enqueue,
  waitingCount: () => number,
): Handlers<PoolForMain>['requests'] {
  return {
    gossip: (batch) => enqueue('gossip', gossipJob(pool, unpackBytes(batch)), () => 'ignore' as const),
    candidates: (request) => {
      const { headHash, entries } = pool.candidates(request);
      const found = entries.map(({ transaction, sender }) => ({ raw: transaction.raw, sender }));
      return packed(found, (batch) => ({ headHash, ...batch }));
    },
    resolveTransactions: (hashes) => resolveAll(pool, hashes),
    recoverSenders: (batch) => {
      const raws = unpackBytes(batch);
      return enqueue('urgent', senderJob(pool, raws), () => {
        throw new HeddleError('THREAD_BUSY', `recoverSenders: ${raws.length} transactions are too many at present`);
      });
    },
    page: ({ after, maxBytes }) => {
      const { raws, next } = pool.page(after, maxBytes);
      const batch = packBytes(raws);
      return new Transferred({ raws: batch, next }, buffersOf(batch));
    },
    status: () => ({ ...pool.status(), waiting: waitingCount() }),
  };
}

function noticesOfMain(pool: TransactionPool, follower: HeadFollower, report: () => void): HeadNotices {
  return {
    head: (notice) => {
      if (follower.hear(notice)) report();
    },
    leftOut: ({ headHash, tooSlow, failed, invalid }) => {
      for (const hash of tooSlow) pool.refuseForAWhile(hash, 'tooSlow');
      for (const hash of failed) pool.refuseForAWhile(hash, 'failed');
      pool.dropInvalid(headHash, invalid);
      report();
    },
  };
}

function requestsOfRpc(
  pool: TransactionPool,
  enqueue: Enqueue,
  keys: HeldKeys,
  spread: (raw: Uint8Array) => void,
): Handlers<PoolForRpc>['requests'] {
  return {
    submit: (batch) => {
      const raws = unpackBytes(batch);
      return enqueue('rpc', submitJob(pool, raws, spread), () => refuseAll(raws.length));
    },
    submitUnsigned: (submission) => {
      const sizeBytes = submission.transaction.data.length + UNSIGNED_OVERHEAD_BYTES;
      const job = singleJob(sizeBytes, () => signAndSubmit(pool, keys, submission, spread));
      return enqueue('rpc', job, () => submitAnswer(rejections.poolFull()));
    },
    transaction: (hash) => {
      const entry = pool.entry(hash);
      return entry && { raw: entry.transaction.raw.slice(), sender: entry.sender };
    },
    pendingNonce: (address) => (pool.hasExecutable(address) ? pool.pendingNonce(address) : undefined),
    status: () => pool.status(),
    signMessage: ({ address, message }) => keys.signMessage(address, message),
  };
}

function signAndSubmit(
  pool: TransactionPool,
  keys: HeldKeys,
  submission: UnsignedSubmission,
  spread: (raw: Uint8Array) => void,
): SubmitAnswer {
  const nonce = submission.transaction.nonce ?? pool.pendingNonce(submission.from);
  const raw = keys.sign(submission, nonce);
  if (raw === undefined) return submitAnswer(rejections.unknownAccount());
  const outcome = pool.admit(raw, 'local');
  if (outcome.accepted) spread(raw);
  return submitAnswer(outcome);
}

function resolveAll(pool: TransactionPool, hashes: readonly Hash[]): Transferred<ResolvedBatch> {
  const found: { readonly raw: Uint8Array; readonly sender: Address }[] = [];
  const missing: number[] = [];
  for (const [index, hash] of hashes.entries()) {
    const known = pool.resolve(hash);
    if (known) found.push(known);
    else missing.push(index);
  }
  return packed(found, (batch) => ({ ...batch, missing }));
}

function packed<T extends SenderBatch>(
  transactions: readonly { readonly raw: Uint8Array; readonly sender: Address }[],
  complete: (batch: SenderBatch) => T,
): Transferred<T> {
  const raws = packBytes(transactions.map(({ raw }) => raw));
  const senders = transactions.map(({ sender }) => sender);
  return new Transferred(complete({ raws, senders }), buffersOf(raws));
}
