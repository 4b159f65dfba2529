import type { Rate } from './limits.ts';

/** A budget that refills over time. */
export interface TokenBucket {
  /** Takes `amount` if so much is there. */
  take(amount: number): boolean;
  /** Takes `amount` in any case, into debt if need be. Returns the milliseconds until the debt is paid, 0 for none. */
  borrow(amount: number): number;
}

/** A full bucket. `now` is a monotonic clock in milliseconds. */
export function createTokenBucket(rate: Rate, now: () => number): TokenBucket {
  let tokens = rate.burst;
  let filledAtMs = now();
  const refill = (): void => {
    const nowMs = now();
    tokens = Math.min(rate.burst, tokens + ((nowMs - filledAtMs) * rate.perSecond) / 1_000);
    filledAtMs = nowMs;
  };
  return {
    take(amount) {
      refill();
      if (tokens < amount) return false;
      tokens -= amount;
      return true;
    },
    borrow(amount) {
      refill();
      tokens -= amount;
      return tokens >= 0 ? 0 : (-tokens * 1_000) / rate.perSecond;
    },
  };
}
