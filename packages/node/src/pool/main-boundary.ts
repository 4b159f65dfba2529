import type { Address, Hash } from '@heddle/primitives';
import type { CandidateRequest } from './candidates.ts';
import type { PackedBytes } from './packed-bytes.ts';

/** A decided block as the pool hears of it, after it is on disk. */
export interface HeadNotice {
  readonly number: number;
  readonly hash: Hash;
  /** Every account whose nonce or balance the block changed; `all` after catching up by many blocks. */
  readonly touched: readonly Address[] | 'all';
}

/** Transactions that a builder could not use, judged on the head `headHash`. */
export interface LeftOutNotice {
  readonly headHash: Hash;
  /** Exceeded the block's build time alone. */
  readonly tooSlow: readonly Hash[];
  /** Could not be run. */
  readonly failed: readonly Hash[];
  /** Never valid on that head. */
  readonly invalid: readonly Hash[];
}

/** Bytes and senders in one order. */
export interface SenderBatch {
  readonly raws: PackedBytes;
  readonly senders: readonly Address[];
}

/** Candidates for a block on `headHash`; a builder on another head must not use them. */
export interface CandidateBatch extends SenderBatch {
  readonly headHash: Hash;
}

/** What the pool knows of the transactions that a proposal names. */
export interface ResolvedBatch extends SenderBatch {
  /** Places in the asked list that the pool does not hold; `raws` and `senders` hold the others in order. */
  readonly missing: readonly number[];
}

/** A page of the pool for a new peer. */
export interface PageRequest {
  /** 0 at first, then the last answer's `next`. */
  readonly after: number;
  readonly maxBytes: number;
}

/** What the pool thread does for main. */
export interface PoolForMain {
  readonly requests: {
    /** A gossiped batch: `reject` when any of it could never be valid, `accept` when any of it was new and good. */
    gossip(batch: PackedBytes): 'accept' | 'ignore' | 'reject';
    candidates(request: CandidateRequest): CandidateBatch;
    /** Waits for nothing: what is missing is to be fetched from the proposer. */
    resolveTransactions(hashes: readonly Hash[]): ResolvedBatch;
    /**
     * Senders of fetched transactions, ahead of all that waits for admission; undefined for one without a sender.
     *
     * @throws HeddleError `THREAD_BUSY` when too many wait already
     */
    recoverSenders(batch: PackedBytes): readonly (Address | undefined)[];
    page(request: PageRequest): { readonly raws: PackedBytes; readonly next: number | undefined };
    status(input: undefined): PoolFigures;
  };
  readonly notices: {
    /** In order of numbers; those before the store's own head are taken together. */
    head(notice: HeadNotice): void;
    leftOut(notice: LeftOutNotice): void;
    stop(input: undefined): void;
  };
}

/** The pool's own figures, for `/metrics`. */
export interface PoolFigures {
  readonly pending: number;
  readonly queued: number;
  /** Transactions that wait for their judgement. */
  readonly waiting: number;
}

/** What main hears from the pool thread. */
export interface MainForPool {
  readonly requests: Record<never, never>;
  readonly notices: {
    /** Admitted here first: to be gossiped as one batch (at most 500 transactions or 64 KiB, or one larger one). */
    newTransactions(batch: PackedBytes): void;
    /** Whether a block on `headHash` would hold transactions of this pool: on every change and for every head. */
    executableChanged(notice: { readonly headHash: Hash; readonly hasExecutable: boolean }): void;
  };
}
