import type { Network } from '@heddle/p2p';
import type { Address, ChainSpec, Hash, SigningDomain } from '@heddle/primitives';
import type {
  BlockRangeRequest,
  BuildAnswer,
  BuildJob,
  CommitJob,
  CommittedBlock,
  DecidedBlock,
  ExecuteAnswer,
  ExecuteJob,
  ExecutionForMain,
  HeadInfo,
} from '../execution/main-boundary.ts';
import type { CandidateRequest } from '../pool/candidates.ts';
import { senderOf } from '../pool/intake-jobs.ts';
import type { CandidateBatch, HeadNotice, LeftOutNotice, PoolForMain, ResolvedBatch } from '../pool/main-boundary.ts';
import type { PackedBytes } from '../pool/packed-bytes.ts';
import type { RemoteSide } from '../threads/port-rpc.ts';
import type { Authenticity } from './authenticity.ts';
import type { ConsensusLimits } from './consensus-limits.ts';
import type { PaceRules } from './pacing.ts';
import type { Signer } from './signer.ts';
import type { Wal } from './wal.ts';

/** How a node takes part in consensus. */
export interface ConsensusDriverOptions {
  readonly spec: ChainSpec;
  readonly domain: SigningDomain;
  /** Default: secp256k1 on `domain`. */
  readonly authenticity?: Authenticity;
  readonly pace: PaceRules;
  /** Default: those of `CONSENSUS_LIMIT_TABLE`. */
  readonly limits?: ConsensusLimits;
}

/** What the driver needs of the network. */
export type DriverNetwork = Pick<Network, 'peers' | 'sendConsensus' | 'request' | 'penalize'>;

/** What the driver needs of the execution thread. */
export interface DriverExecution {
  head(): Promise<HeadInfo>;
  build(job: BuildJob): Promise<BuildAnswer>;
  execute(job: ExecuteJob): Promise<ExecuteAnswer>;
  commit(job: CommitJob): Promise<CommittedBlock>;
  blocks(request: BlockRangeRequest): Promise<readonly DecidedBlock[]>;
}

/** What the driver needs of the pool thread. */
export interface DriverPool {
  candidates(request: CandidateRequest): Promise<CandidateBatch>;
  resolveTransactions(hashes: readonly Hash[]): Promise<ResolvedBatch>;
  recoverSenders(batch: PackedBytes): Promise<readonly (Address | undefined)[]>;
  /** The same of one, found by the calling thread, at once. */
  senderOf(raw: Uint8Array): Address | undefined;
  head(notice: HeadNotice): void;
  leftOut(notice: LeftOutNotice): void;
}

/** The time, and what is to happen later. */
export interface DriverClock {
  /** Unix milliseconds. */
  now(): number;
  /** Calls `callback` once after `delayMs`; gives the way to call it off. */
  schedule(delayMs: number, callback: () => void): () => void;
}

/** The logger's shape (pino fits). */
export interface DriverLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A validator's key with its log. Both or none: a node without them follows. */
export interface DriverVoter {
  readonly signer: Signer;
  readonly wal: Wal;
  /** The first height of the chain's era: what was signed below was signed in another one. */
  readonly eraStart: number;
}

/** What the driver tells the node. None may throw. */
export interface DriverEvents {
  /** Blocks are on disk, in their order, and the last is the head; the pool has been told. At least one. */
  onCommitted(committed: readonly CommittedBlock[]): void;
  /** Consensus goes no further: the node should end with this error. */
  onFailed(error: unknown): void;
}

/** All that the driver joins. */
export interface DriverPorts {
  readonly network: DriverNetwork;
  readonly execution: DriverExecution;
  readonly pool: DriverPool;
  readonly voter: DriverVoter | undefined;
  readonly clock: DriverClock;
  readonly log: DriverLog;
  readonly events: DriverEvents;
}

/** Jobs end by their cancel word and their own time budget; a call that takes this long is a dead thread. */
const JOB_TIMEOUT_MS = 600_000;

/** The execution thread as the driver calls it. */
export function executionOfThread(thread: RemoteSide<ExecutionForMain>): DriverExecution {
  const patience = { timeoutMs: JOB_TIMEOUT_MS };
  return {
    head: () => thread.call('head', undefined),
    build: (job) => thread.call('build', job, patience),
    execute: (job) => thread.call('execute', job, patience),
    commit: (job) => thread.call('commit', job, patience),
    blocks: (request) => thread.call('blocks', request),
  };
}

/** The pool thread as the driver calls it. */
export function poolOfThread(thread: RemoteSide<PoolForMain>): DriverPool {
  return {
    candidates: (request) => thread.call('candidates', request),
    resolveTransactions: (hashes) => thread.call('resolveTransactions', hashes),
    recoverSenders: (batch) => thread.call('recoverSenders', batch),
    senderOf,
    head: (notice) => thread.notify('head', notice),
    leftOut: (notice) => thread.notify('leftOut', notice),
  };
}
