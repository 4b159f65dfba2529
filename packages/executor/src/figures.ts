import type { Address, EngineName, Hash } from '@heddle/primitives';

/** What a location is: a field of an account, or a storage slot. */
export type LocationKind = 'balance' | 'nonce' | 'code' | 'storage' | 'slot';

/** T1, Tinf and what follows from them, in one weight (gas, or nanoseconds of this node). */
export interface ParallelismBound {
  /** Sum of all transactions' weights. */
  readonly t1: number;
  /** Weight of the heaviest path of true dependencies. */
  readonly tInf: number;
  /** min(P, t1 / tInf) for P = 2, 4, 8, 16 and without limit. */
  readonly bound: {
    readonly 2: number;
    readonly 4: number;
    readonly 8: number;
    readonly 16: number;
    readonly unlimited: number;
  };
}

/** A location on which transactions of the block met. */
export interface HotLocation {
  readonly address: Address;
  readonly kind: LocationKind;
  /** Of kind `slot` only. */
  readonly slot: Hash | undefined;
  /** Runs thrown away because of it on this node. */
  readonly reExecutions: number;
  /** tInf(all edges) - tInf(without its edges), by gas: what removing it would gain. */
  readonly gain: number;
}

/** How parallel a block could be and how it went here. `byGas` and the gains are the same on all nodes. */
export interface BlockFigures {
  readonly engine: EngineName;
  readonly workers: number;
  readonly transactionCount: number;
  readonly byGas: ParallelismBound;
  readonly byTime: ParallelismBound;
  /** Committed transactions whose last run was on worker i. */
  readonly runsPerWorker: readonly number[];
  /** Runs of all kinds, at least one a transaction. */
  readonly incarnations: number;
  /** Runs beyond the first of each transaction. */
  readonly reExecutions: number;
  /** Wall milliseconds from the first to the last transaction. */
  readonly wallMs: number;
  /** The locations that cost most, hottest (largest gain) first, at most 16. */
  readonly hot: readonly HotLocation[];
}
