import { elapsedMs } from './elapsed.ts';

/** A validator that is one or two blocks behind may be about to decide them itself. */
const LAG_MS = 250;
/** The same while it executes the very next block. */
const BUSY_LAG_MS = 2_000;
const NEAR_BLOCKS = 2;

/** What tells whether blocks are to be fetched. */
export interface Lag {
  /** Blocks that peers have and this node does not. */
  readonly blocks: number;
  /** This node takes part in the height after its head. */
  readonly isVoting: boolean;
  /** It is executing that height's block. */
  readonly isChecking: boolean;
}

/** Tells who is left behind from who is about to decide by itself. */
export class LagWatch {
  #sinceMs: number | undefined;

  /** The head has moved, or nobody is ahead. */
  clear(): void {
    this.#sinceMs = undefined;
  }

  /** Whether waiting any longer is of no use. */
  isBehind({ blocks, isVoting, isChecking }: Lag, nowMs: number): boolean {
    if (blocks <= 0) {
      this.clear();
      return false;
    }
    this.#sinceMs ??= nowMs;
    if (!isVoting || blocks > NEAR_BLOCKS) return true;
    return elapsedMs(nowMs, this.#sinceMs) >= (isChecking ? BUSY_LAG_MS : LAG_MS);
  }
}
