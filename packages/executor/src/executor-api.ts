import {
  type Block,
  bigIntToBytesOfSize,
  bytesToHex,
  type Hash,
  type Header,
  type Hex,
  ZERO_HASH,
} from '@heddle/primitives';
import type { BlockAccesses } from './block-limits.ts';
import type { BlockEnvironment } from './engine.ts';
import type { BlockFigures } from './figures.ts';
import type { StateDiff } from './state/state-diff.ts';

/** A candidate or block transaction as the pool hands it over: bytes and their recovered sender. */
export interface SenderTransaction {
  readonly raw: Uint8Array;
  readonly sender: Hex;
}

/** Everything that executing a block yields. */
export interface BlockResult {
  /** Raw transactions that stand in the block, in order. */
  readonly transactions: readonly Uint8Array[];
  /** In the form that the store keeps them: for `decodeStoredReceipts`. */
  readonly receipts: Uint8Array;
  readonly gasUsed: bigint;
  readonly logsBloom: Hex;
  readonly stateRoot: Hash;
  readonly transactionsRoot: Hash;
  readonly receiptsRoot: Hash;
  readonly withdrawalsRoot: Hash;
  readonly requestsHash: Hash;
  readonly diff: StateDiff;
  readonly figures: BlockFigures;
  /** Where {@link ExecuteRequest.wantsAccesses} asked for it. */
  readonly accesses?: BlockAccesses;
}

/** A job of the execution thread that can be called off. Word 0 of `cancel` is not 0: stop at the next chance. */
export interface JobControl {
  readonly cancel: Int32Array;
}

/** Builds on the head: takes candidates in order exactly as a serial builder would. */
export interface BuildRequest extends JobControl {
  readonly environment: BlockEnvironment;
  readonly candidates: readonly SenderTransaction[];
  /** Wall milliseconds after which no further candidate is begun. */
  readonly timeBudgetMs: number;
  /** RLP size that the transactions may fill, bytes (EIP-7934 less the header). */
  readonly sizeLimitBytes: number;
}

/**
 * Why a candidate is not in a built block. `invalid`: never valid on this parent; `unfit`: gas, size or time ran out;
 * `too-slow`: it alone takes more than the whole time; `failed`: this node cannot run it.
 */
export interface LeftOutCandidate {
  readonly hash: Hash;
  readonly why: 'invalid' | 'unfit' | 'too-slow' | 'failed';
  readonly reason: string;
}

/**
 * How building ended. Every candidate stands in the result or in `leftOut`, so that the pool can drop what is invalid and
 * offer the rest again. `cancelled`: {@link JobControl} called it off; nothing of it is kept.
 */
export type BuildOutcome =
  | { readonly status: 'built'; readonly result: BlockResult; readonly leftOut: readonly LeftOutCandidate[] }
  | { readonly status: 'cancelled' };

/** Executes a given block on the head. */
export interface ExecuteRequest extends JobControl {
  readonly environment: BlockEnvironment;
  readonly transactions: readonly SenderTransaction[];
  /** The root of these very transactions, where the caller has computed it. */
  readonly transactionsRoot?: Hash;
  /** Whether to tell what each transaction read and changed, too: of use to {@link blockLimits}. Default: no. */
  readonly wantsAccesses?: boolean;
}

/** `transactionIndex` is the number of transactions when what comes after the last one is at fault. */
export type ExecuteOutcome =
  | { readonly status: 'executed'; readonly result: BlockResult }
  | { readonly status: 'invalid'; readonly transactionIndex: number; readonly reason: string }
  | { readonly status: 'cancelled' };

/**
 * The executor on its thread: worker 0 of its pool, synchronous inside a block.
 * Always on the state of the store's head; {@link Executor.apply} moves that state after the batch is on disk.
 */
export interface Executor {
  readonly workerCount: number;
  build(request: BuildRequest): Promise<BuildOutcome>;
  execute(request: ExecuteRequest): Promise<ExecuteOutcome>;
  /** The block's state is on disk now: later jobs stand on it. `stateRoot` must be of a result of this executor. */
  apply(stateRoot: Hash): void;
  /** Counts since the start, and how many workers there are now, by metric name. */
  metrics(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/**
 * The header's part of a result that a block must match; undefined when all agree, else what differs. A header from
 * before a field came claims nothing of it.
 */
export function mismatch(header: Header, result: BlockResult): string | undefined {
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['gasUsed', header.gasUsed, result.gasUsed],
    ['stateRoot', header.stateRoot, result.stateRoot],
    ['receiptsRoot', header.receiptsRoot, result.receiptsRoot],
    ['transactionsRoot', header.transactionsRoot, result.transactionsRoot],
    ['withdrawalsRoot', header.withdrawalsRoot, result.withdrawalsRoot],
    ['requestsHash', header.requestsHash, result.requestsHash],
    ['logsBloom', header.logsBloom, result.logsBloom],
  ];
  const different = pairs.find(([, claimed, computed]) => claimed !== undefined && claimed !== computed);
  return different && `${different[0]}: the header says ${different[1]}, execution gives ${different[2]}`;
}

/** The environment in which `block` runs, apart from what only old forks pay. */
export function environmentOf(block: Block): BlockEnvironment {
  const { header, withdrawals } = block;
  return {
    number: header.number,
    timestamp: header.timestamp,
    beneficiary: header.beneficiary,
    gasLimit: header.gasLimit,
    baseFeePerGas: header.baseFeePerGas ?? 0n,
    // As geth, by the difficulty: it is 0 since the merge, and never before.
    mixHash: header.difficulty === 0n ? header.mixHash : bytesToHex(bigIntToBytesOfSize(header.difficulty, 32)),
    excessBlobGas: header.excessBlobGas ?? 0n,
    parentHash: header.parentHash,
    parentBeaconBlockRoot: header.parentBeaconBlockRoot ?? ZERO_HASH,
    withdrawals,
  };
}
