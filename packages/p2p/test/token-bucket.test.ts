import { describe, expect, it } from 'vitest';
import { createTokenBucket } from '../src/token-bucket.ts';

describe('a token bucket', () => {
  it('gives its burst at once and refills at its rate', () => {
    let nowMs = 0;
    const bucket = createTokenBucket({ perSecond: 10, burst: 5 }, () => nowMs);
    expect(bucket.take(5)).toBe(true);
    expect(bucket.take(1)).toBe(false);
    nowMs += 100;
    expect(bucket.take(1)).toBe(true);
    nowMs += 60_000;
    expect(bucket.take(6)).toBe(false);
  });

  it('says how long a debt lasts', () => {
    let nowMs = 0;
    const bucket = createTokenBucket({ perSecond: 10, burst: 5 }, () => nowMs);
    expect(bucket.borrow(5)).toBe(0);
    expect(bucket.borrow(20)).toBe(2_000);
    nowMs += 1_000;
    expect(bucket.borrow(0)).toBe(1_000);
  });
});
