import { PRECISION_MS } from './pacing.ts';

const MESSAGE_DELAY_MS = 2_000;
const DELAY_GROWTH = 1.1;

/**
 * Why a fresh proposal of `round` that carries header time `timestampMs` and arrives at `nowMs` is not timely (DESIGN 5,
 * as CometBFT's proposer-based timestamps); undefined when it is. Both in Unix milliseconds.
 */
export function lateness(timestampMs: number, nowMs: number, round: number): string | undefined {
  const aheadMs = timestampMs - nowMs;
  const maxBehindMs = MESSAGE_DELAY_MS * DELAY_GROWTH ** round + PRECISION_MS;
  if (aheadMs > PRECISION_MS) return `its time is ${aheadMs} ms ahead of this node's clock (at most ${PRECISION_MS})`;
  if (-aheadMs > maxBehindMs) {
    return `its time is ${-aheadMs} ms behind this node's clock (at most ${Math.floor(maxBehindMs)})`;
  }
  return undefined;
}
