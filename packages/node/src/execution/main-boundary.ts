import type { Address, Hash, Validator } from '@heddle/primitives';
import type { Era } from '../chain/era-record.ts';
import type { SenderBatch } from '../pool/main-boundary.ts';

/** Word 0 not 0: the job stops at its next chance. Shared, so that `main` can set it while `execution` works. */
export type CancelWord = SharedArrayBuffer;

/** The decided block on which everything stands. */
export interface HeadInfo {
  readonly number: number;
  readonly hash: Hash;
  /** RLP of its header. */
  readonly header: Uint8Array;
  /** RLP of the certificate it was decided with; undefined for genesis. */
  readonly certificate: Uint8Array | undefined;
  /** consensus' encodeValidatorSet of the set in force at `number` + 1, its priorities those of round 0. */
  readonly nextValidators: Uint8Array;
  /** The same of the set that decided `number`; undefined for genesis. */
  readonly validators: Uint8Array | undefined;
}

/** A block to build on the head. */
export interface BuildJob {
  readonly parentHash: Hash;
  readonly timestampMs: number;
  readonly beneficiary: Address;
  readonly candidates: SenderBatch;
  readonly timeBudgetMs: number;
  readonly cancel: CancelWord;
}

/** How a build ended. `block` is RLP (encodeBlock); the result stays in the overlay until the height is decided. */
export type BuildAnswer =
  | {
      readonly status: 'built';
      readonly blockId: Hash;
      readonly block: Uint8Array;
      /** Hashes of candidates that are never valid on this head. */
      readonly invalid: readonly Hash[];
      /** Candidates that alone exceed the build time. */
      readonly tooSlow: readonly Hash[];
      /** Candidates that this node cannot run. */
      readonly failed: readonly Hash[];
    }
  | { readonly status: 'cancelled' };

/**
 * A block to check and execute on the head: all of its bytes, and the senders of its transactions in order; undefined for
 * one without a valid signature, which makes the block invalid if its body is the header's.
 */
export interface ExecuteJob {
  readonly blockId: Hash;
  readonly block: Uint8Array;
  readonly senders: readonly (Address | undefined)[];
  readonly cancel: CancelWord;
}

/**
 * `invalid`: no validator may vote for it; `reason` is one line for the log. With `isForeignBody` only the body that
 * came is wrong: its transactions or withdrawals are not those whose roots the header holds, which says nothing of the
 * block (a proposal's signature covers the header alone). To be found before anything is executed.
 */
export type ExecuteAnswer =
  | { readonly status: 'valid' }
  | { readonly status: 'invalid'; readonly reason: string; readonly isForeignBody?: boolean }
  | { readonly status: 'cancelled' };

/** A decided block. Executed here, and checked in full, when no result of it is at hand. */
export interface CommitJob {
  readonly blockId: Hash;
  readonly block: Uint8Array;
  /** As {@link ExecuteJob.senders}. */
  readonly senders: readonly (Address | undefined)[];
  /** RLP of the commit certificate. */
  readonly certificate: Uint8Array;
  /** consensus' encodeValidatorSet of the set in force at this height, and of the one at the next. */
  readonly validators: Uint8Array;
  readonly nextValidators: Uint8Array;
}

/** What `rpc`, `pool` and the log line are told of a block that is on disk now. */
export interface CommittedBlock {
  readonly head: HeadInfo;
  /** Accounts whose nonce or balance changed; `all` when there are too many to list. */
  readonly touched: readonly Address[] | 'all';
  readonly summary: BlockSummary;
}

/** One line's worth of a block. */
export interface BlockSummary {
  readonly number: number;
  readonly hash: Hash;
  readonly round: number;
  readonly transactionCount: number;
  readonly gasUsed: bigint;
  /** Wall milliseconds of execution here. */
  readonly executionMs: number;
  readonly reExecutions: number;
  /** min(8, t1 / tInf), transactions weighed by gas: the same on every validator. 0 for a block without transactions. */
  readonly speedUpOn8: number;
  /** The location without whose edges tInf is smallest, as shown: `0xToken slot 0x3f`. Undefined: none. */
  readonly limitedBy: string | undefined;
}

/** A range of decided blocks for a peer that catches up. */
export interface BlockRangeRequest {
  readonly from: number;
  readonly maxCount: number;
  /** At least one block is given whatever its size. */
  readonly maxBytes: number;
}

/** A decided block as it travels: RLP of both. */
export interface DecidedBlock {
  readonly block: Uint8Array;
  readonly certificate: Uint8Array;
}

/** The store as the execution thread found it. */
export interface StoreOpening {
  /** Tells the chain from any other (`chainTagOf`). */
  readonly chainTag: Hash;
  /** Who votes, read from the state (`readValidators`). */
  readonly validators: readonly Validator[];
  /** The head at the start. */
  readonly head: HeadInfo;
  readonly era: Era;
  /** The process before did not close it. */
  readonly wasUnclean: boolean;
}

/** What the execution thread does for main. Build, execute and commit run one after another, in the order asked. */
export interface ExecutionForMain {
  readonly requests: {
    /** What was found or made at the start; waits until the store is open. */
    opening(input: undefined): StoreOpening;
    head(input: undefined): HeadInfo;
    build(job: BuildJob): BuildAnswer;
    execute(job: ExecuteJob): ExecuteAnswer;
    /**
     * Answers when the block is on disk. More may be asked before that, in the order of their heights: they are executed
     * ahead, and may share one synced batch.
     *
     * @throws HeddleError `BLOCK_NOT_ON_HEAD`, `COMMIT_INVALID`, `COMMIT_FOREIGN_BODY`
     */
    commit(job: CommitJob): CommittedBlock;
    blocks(request: BlockRangeRequest): readonly DecidedBlock[];
    /** JSON-ready answer of `heddle_getBlockParallelism`; undefined when not kept. */
    parallelism(blockNumber: number): Readonly<Record<string, unknown>> | undefined;
    /** Counts since the start, by metric name. */
    metrics(input: undefined): Readonly<Record<string, number>>;
    /**
     * Reads the store in full, beside all else, when that is called for; answers when it is sound. A damaged one is never
     * opened again.
     *
     * @throws HeddleError `STORE_CORRUPT`, `STATE_ROOT_MISMATCH`, `STATE_TRIE_DAMAGED`
     */
    verify(input: undefined): 'verified' | 'not needed' | 'stopped';
    /** Ends workers, closes the database cleanly. */
    stop(input: undefined): void;
  };
  readonly notices: Record<never, never>;
}

/** What main does for the execution thread. */
export interface MainForExecution {
  readonly requests: Record<never, never>;
  readonly notices: {
    /** The store is being made: how far that is, now and then. */
    making(progress: { readonly what: string; readonly done: number; readonly total: number }): void;
    /** A worker thread ended by itself; blocks go on without it. */
    workerDied(death: { readonly workerIndex: number; readonly why: string | undefined }): void;
  };
}
