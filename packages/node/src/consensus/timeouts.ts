import type { TimeoutKind } from '@heddle/consensus';
import type { ConsensusLimits } from './consensus-limits.ts';

/** How long rounds wait. */
export type TimeoutLimits = Pick<
  ConsensusLimits,
  'proposeMs' | 'proposeGrowthMs' | 'prevoteMs' | 'prevoteGrowthMs' | 'precommitMs' | 'precommitGrowthMs'
>;

/** One timer's length: `base + growth x round` milliseconds. */
interface Span {
  readonly baseMs: number;
  readonly growthMs: number;
}

/** Whether a round's proposer is this validator or one of its peers. */
export type ProposerPresence = 'here' | 'absent';

/**
 * Share of the first round's time that a proposer gets who is not connected. It is down, most likely; if only the link to
 * it is, its proposal comes through others. Later rounds wait in full: whoever is only far away still has its turn.
 */
const ABSENT_SHARE = 0.5;

/** Share of the propose timeout that a proposer may spend on building: the others execute it in what is left. */
const BUILD_SHARE = 0.4;

/** The longest wait that a timer can hold, milliseconds. No round comes near it. */
const MAX_TIMEOUT_MS = 0x7fff_ffff;

/** A block that came in time but was not executed in time makes all waits longer by this factor, up to the largest. */
const SLOWER = 1.5;
const SLOWEST = 8;
/** What a slow network may add; beyond it rounds grow by themselves. It is kept for some heights before it is tried less. */
const SLOWEST_NETWORK = 4;
const KEPT_HEIGHTS = 100;
/** Each height that was decided in its first round takes this much back. */
const FASTER = 0.98;

/**
 * The waits of one node. Timeouts are each node's own affair, so they may follow how fast this machine is: where several
 * validators share a few cores, executing takes far longer than building did on the proposer.
 */
export class Timeouts {
  readonly #spans: Readonly<Record<TimeoutKind, Span>>;
  #scale = 1;
  /** Heights for which the scale is not lowered. */
  #keptHeights = 0;

  constructor(limits: TimeoutLimits) {
    this.#spans = {
      propose: { baseMs: limits.proposeMs, growthMs: limits.proposeGrowthMs },
      prevote: { baseMs: limits.prevoteMs, growthMs: limits.prevoteGrowthMs },
      precommit: { baseMs: limits.precommitMs, growthMs: limits.precommitGrowthMs },
    };
  }

  /** How much longer than configured the waits are. */
  get scale(): number {
    return this.#scale;
  }

  /** How long the timer `kind` of `round` runs, milliseconds. Grows without end, so that the slowest block fits once. */
  waitMs(kind: TimeoutKind, round: number, proposer: ProposerPresence = 'here'): number {
    const isShort = kind === 'propose' && round === 0 && proposer === 'absent';
    const share = isShort ? ABSENT_SHARE : 1;
    return Math.min(Math.round(this.#scale * this.#plainMs(kind, round) * share), MAX_TIMEOUT_MS);
  }

  /**
   * Milliseconds after which a builder of `round` begins no further transaction: of the wait as configured. So on a slow
   * machine blocks stay as they are while the time to execute them grows.
   */
  buildBudgetMs(round: number): number {
    return Math.min(Math.floor(this.#plainMs('propose', round) * BUILD_SHARE), MAX_TIMEOUT_MS);
  }

  /**
   * The propose timer ran out while this node was still building or executing. Not while it was fetching: behind a network
   * that is divided the block never comes, and longer waits would only delay what follows when it heals.
   */
  tooShort(): void {
    this.#scale = Math.min(this.#scale * SLOWER, SLOWEST);
  }

  /** Rounds of several proposers failed although what they proposed was right: messages take longer than the waits. */
  late(): void {
    this.#scale = Math.max(this.#scale, Math.min(this.#scale * SLOWER, SLOWEST_NETWORK));
    this.#keptHeights = KEPT_HEIGHTS;
  }

  /** A height was decided in `round`. */
  decided(round: number): void {
    if (this.#keptHeights > 0) this.#keptHeights--;
    else if (round === 0) this.#scale = Math.max(1, this.#scale * FASTER);
  }

  #plainMs(kind: TimeoutKind, round: number): number {
    const { baseMs, growthMs } = this.#spans[kind];
    return baseMs + growthMs * round;
  }
}
