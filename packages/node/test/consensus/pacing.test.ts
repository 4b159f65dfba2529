import { describe, expect, it } from 'vitest';
import { DEFAULT_CONSENSUS_LIMITS } from '../../src/consensus/consensus-limits.ts';
import { earliestBlockMs, type PaceSituation, roundStartMs } from '../../src/consensus/pacing.ts';
import { lateness } from '../../src/consensus/proposal-time.ts';
import { Timeouts } from '../../src/consensus/timeouts.ts';

const RULES = { blockTimeMs: 1_000, emptyBlockTimeMs: 5_000 };

function situation(changes: Partial<PaceSituation>): PaceSituation {
  return {
    parentMs: 100_000,
    storedMs: 100_050,
    height: 100,
    busyBlock: 0,
    hasExecutable: false,
    heard: 'nothing',
    ...changes,
  };
}

describe('the start of a height', () => {
  it('comes one empty block time after the parent on a quiet chain', () => {
    expect(roundStartMs(situation({}), RULES)).toBe(105_000);
  });

  it('comes one block time after the parent with a transaction, and in the first twelve blocks', () => {
    expect(roundStartMs(situation({ hasExecutable: true }), RULES)).toBe(101_000);
    expect(roundStartMs(situation({ height: 12 }), RULES)).toBe(101_000);
    expect(roundStartMs(situation({ height: 13 }), RULES)).toBe(105_000);
  });

  it('keeps the pace for twelve blocks after one with transactions', () => {
    expect(roundStartMs(situation({ busyBlock: 88 }), RULES)).toBe(101_000);
    expect(roundStartMs(situation({ busyBlock: 87 }), RULES)).toBe(105_000);
  });

  it('comes at once when over a third has begun', () => {
    expect(roundStartMs(situation({ heard: 'overOneThird' }), RULES)).toBe(0);
  });

  it('follows a single voice, but not so early that its block would be refused', () => {
    expect(roundStartMs(situation({ heard: 'something' }), RULES)).toBe(100_500);
  });

  it('follows a single voice after one block time when the own clock is behind', () => {
    const behind = situation({ heard: 'something', storedMs: 95_050 });
    expect(roundStartMs(behind, RULES)).toBe(96_050);
  });

  it('allows no block before the block time', () => {
    expect(earliestBlockMs(situation({}), RULES)).toBe(101_000);
  });
});

describe('the time of a fresh proposal', () => {
  it('may be half a second ahead', () => {
    expect(lateness(10_500, 10_000, 0)).toBeUndefined();
    expect(lateness(10_501, 10_000, 0)).toContain('501 ms ahead');
  });

  it('may be two and a half seconds behind, more in later rounds', () => {
    expect(lateness(7_500, 10_000, 0)).toBeUndefined();
    expect(lateness(7_499, 10_000, 0)).toContain('2501 ms behind');
    expect(lateness(7_300, 10_000, 1)).toBeUndefined();
    expect(lateness(7_299, 10_000, 1)).toContain('behind');
  });
});

describe('timeouts', () => {
  it('grow by the round without end', () => {
    const timeouts = new Timeouts(DEFAULT_CONSENSUS_LIMITS);
    expect(timeouts.waitMs('propose', 0)).toBe(1_000);
    expect(timeouts.waitMs('propose', 4)).toBe(3_000);
    expect(timeouts.waitMs('precommit', 2)).toBe(1_000);
    expect(timeouts.waitMs('prevote', 1_000)).toBe(250_500);
    expect(timeouts.waitMs('prevote', 0x7fff_ffff)).toBe(0x7fff_ffff);
  });

  it('leave two fifths of the propose timeout to the builder', () => {
    const timeouts = new Timeouts(DEFAULT_CONSENSUS_LIMITS);
    expect(timeouts.buildBudgetMs(0)).toBe(400);
    expect(timeouts.buildBudgetMs(2)).toBe(800);
  });

  it('grow where executing takes too long, the builder staying as it is, and shrink again with the time', () => {
    const timeouts = new Timeouts(DEFAULT_CONSENSUS_LIMITS);
    timeouts.tooShort();
    expect(timeouts.waitMs('propose', 0)).toBe(1_500);
    expect(timeouts.waitMs('prevote', 1)).toBe(1_125);
    expect(timeouts.buildBudgetMs(0)).toBe(400);
    for (let count = 0; count < 20; count++) timeouts.tooShort();
    expect(timeouts.scale).toBe(8);
    timeouts.decided(3);
    expect(timeouts.scale).toBe(8);
    for (let count = 0; count < 200; count++) timeouts.decided(0);
    expect(timeouts.scale).toBe(1);
  });
});
