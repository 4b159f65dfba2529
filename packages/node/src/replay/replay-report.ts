import type { BlockLimits } from '@heddle/executor';
import type { Address, Fork, Hash } from '@heddle/primitives';

/** What a replay found; `docs/schemas/replay.schema.json` is its form as JSON. */
export interface ReplayReport {
  readonly block: {
    readonly number: number;
    /** Of the header as given. */
    readonly hash: Hash;
    readonly chainId: number;
    readonly fork: Fork;
    readonly timestamp: number;
    readonly transactions: number;
    readonly gasUsed: number;
    readonly gasLimit: number;
  };
  /** Whether plain execution, parallel execution and the header agree in all that could be compared. */
  readonly agrees: boolean;
  /** A line each. */
  readonly differences: readonly string[];
  readonly checks: readonly Check[];
  readonly missing: MissingState;
  /** Absent where a transaction may not stand in the block. */
  readonly figures?: ReplayFigures;
}

/** One thing that was compared. */
export interface Check {
  readonly field: string;
  readonly header?: string;
  readonly plain?: string;
  readonly parallel?: string;
  /** `unchecked`: the runs agree, and the header proves nothing here. */
  readonly verdict: 'equal' | 'different' | 'unchecked';
  /** Why the header was not compared. */
  readonly why?: string;
}

/** What transactions read and the prestate does not list; it counted as empty. Counts, and the first ones. */
export interface MissingState {
  readonly accountCount: number;
  readonly slotCount: number;
  readonly first: readonly { readonly transaction: number; readonly address: Address; readonly slot?: Hash }[];
}

/** How parallel the block is, and how it went here. Times are medians. */
export interface ReplayFigures extends BlockLimits {
  readonly engine: string;
  /** Threads of the parallel run. */
  readonly workers: number;
  readonly cores: number;
  readonly repeats: number;
  /** Wall milliseconds of the transactions. */
  readonly plainMs: number;
  readonly oneWorkerMs: number;
  readonly parallelMs: number;
  /** Plain against one speculative worker: 1 means that versions cost nothing. */
  readonly engineRatio: number;
  /** Plain against parallel. */
  readonly speedup: number;
  /** Speed-up that these workers on these cores could reach at most, by time. */
  readonly bound: number;
  /** speedup / bound. */
  readonly score: number;
  readonly incarnations: number;
  readonly reExecutions: number;
  /** Transactions that ran out of speculative runs and waited for their turn. */
  readonly deferrals: number;
  readonly heaviest: { readonly transaction: number; readonly gas: number } | undefined;
}
