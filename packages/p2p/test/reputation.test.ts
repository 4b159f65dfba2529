import { describe, expect, it } from 'vitest';
import { NETWORK_LIMITS } from '../src/limits.ts';
import { createReputation } from '../src/reputation.ts';

describe('a reputation', () => {
  it('cuts off at -100 for a minute and decays by a point a second', () => {
    let nowMs = 0;
    const reputation = createReputation(NETWORK_LIMITS, () => nowMs);
    expect(reputation.penalize('a', 60)).toBe(false);
    nowMs += 30_000;
    expect(reputation.score('a')).toBe(-30);
    expect(reputation.penalize('a', 60)).toBe(false);
    expect(reputation.isCutOff('a')).toBe(false);
    expect(reputation.penalize('a', 10)).toBe(true);
    expect(reputation.isCutOff('a')).toBe(true);
    expect(reputation.isCutOff('b')).toBe(false);
    nowMs += 59_999;
    expect(reputation.isCutOff('a')).toBe(true);
    nowMs += 1;
    expect(reputation.isCutOff('a')).toBe(false);
    expect(reputation.score('a')).toBe(0);
  });

  it('takes an offender that comes back with less patience', () => {
    let nowMs = 0;
    const reputation = createReputation({ cutOffScore: 100, cutOffMs: 10_000 }, () => nowMs);
    expect(reputation.penalize('a', 100)).toBe(true);
    nowMs += 10_000;
    expect(reputation.penalize('a', 60)).toBe(true);
  });

  it('remembers a bounded number of peers, those cut off longest', () => {
    const reputation = createReputation(NETWORK_LIMITS, () => 0);
    reputation.penalize('cut off', 100);
    for (let index = 0; index < 5_000; index++) reputation.penalize(`peer ${index}`, 10);
    expect(reputation.isCutOff('cut off')).toBe(true);
    expect(reputation.score('peer 0')).toBe(0);
    expect(reputation.score('peer 4999')).toBe(-10);
  });
});
