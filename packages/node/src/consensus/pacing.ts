/** How fast the chain goes, as configured. */
export interface PaceRules {
  /** Between a block's header time and the earliest time of the next, milliseconds. */
  readonly blockTimeMs: number;
  /** The same for an empty block on a quiet chain; at least `blockTimeMs`. */
  readonly emptyBlockTimeMs: number;
}

/** Blocks at full pace at the chain's beginning, and after each block with transactions: tools wait for confirmations. */
export const FULL_PACE_BLOCKS = 12;

/** How far a header's time may be ahead of a validator's clock, milliseconds (DESIGN 5). */
export const PRECISION_MS = 500;

/** What the start of a height depends on. */
export interface PaceSituation {
  /** Header time of the head, Unix milliseconds. */
  readonly parentMs: number;
  /** When the head was stored here, by this node's clock. */
  readonly storedMs: number;
  /** The coming height. */
  readonly height: number;
  /** The newest block with transactions; 0 for none. */
  readonly busyBlock: number;
  /** The pool holds a transaction that the coming block could hold. */
  readonly hasExecutable: boolean;
  /** What has come of this height: nothing, a proposal or vote, or such of over a third of the power. */
  readonly heard: 'nothing' | 'something' | 'overOneThird';
}

/** The earliest header time of the block after the head. */
export function earliestBlockMs({ parentMs }: Pick<PaceSituation, 'parentMs'>, rules: PaceRules): number {
  return parentMs + rules.blockTimeMs;
}

/** When round 0 and its propose timer begin, by this node's clock; it may lie in the past. */
export function roundStartMs(situation: PaceSituation, rules: PaceRules): number {
  const { parentMs, storedMs, height, busyBlock, hasExecutable, heard } = situation;
  if (heard === 'overOneThird') return 0; // at least one correct validator has begun
  const earliestMs = earliestBlockMs(situation, rules);
  const isFullPace = height <= FULL_PACE_BLOCKS || (busyBlock > 0 && height - busyBlock <= FULL_PACE_BLOCKS);
  const ownMs = hasExecutable || isFullPace ? earliestMs : parentMs + rules.emptyBlockTimeMs;
  if (heard === 'nothing') return ownMs;
  // One voice may be wrong or early: a block of ours that is ahead of the others' clocks would be refused. A clock
  // that is behind still follows after one block time.
  return Math.min(ownMs, earliestMs - PRECISION_MS, storedMs + rules.blockTimeMs);
}
