import type { TimeoutKind } from '@heddle/consensus';

/** How long a round waits in each step: `base + growth x round` milliseconds. */
export interface TimeoutRules {
  readonly propose: Span;
  readonly prevote: Span;
  readonly precommit: Span;
}

/** One timer's length. */
export interface Span {
  readonly baseMs: number;
  readonly growthMs: number;
}

/** Research: consensus itself takes 10 to 20 ms a height; the rest is for executing a full block twice. */
export const DEFAULT_TIMEOUTS: TimeoutRules = {
  propose: { baseMs: 1_000, growthMs: 500 },
  prevote: { baseMs: 500, growthMs: 250 },
  precommit: { baseMs: 500, growthMs: 250 },
};

/** Share of the propose timeout that a proposer may spend on building: the others execute it in what is left. */
const BUILD_SHARE = 0.4;

/** The longest wait that a timer can hold, milliseconds. No round comes near it. */
const MAX_TIMEOUT_MS = 0x7fff_ffff;

/** How long the timer `kind` of `round` runs, milliseconds. Grows without end, so that the slowest block fits once. */
export function timeoutMs(rules: TimeoutRules, kind: TimeoutKind, round: number): number {
  const { baseMs, growthMs } = rules[kind];
  return Math.min(baseMs + growthMs * round, MAX_TIMEOUT_MS);
}

/** Milliseconds after which a builder of `round` begins no further transaction. */
export function buildBudgetMs(rules: TimeoutRules, round: number): number {
  return Math.floor(timeoutMs(rules, 'propose', round) * BUILD_SHARE);
}
