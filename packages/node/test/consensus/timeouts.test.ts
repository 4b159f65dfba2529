import { describe, expect, it } from 'vitest';
import { DEFAULT_CONSENSUS_LIMITS } from '../../src/consensus/consensus-limits.ts';
import { Timeouts } from '../../src/consensus/timeouts.ts';

describe('the waits of a node', () => {
  it('grow with the round without end, within what a timer can hold', () => {
    const timeouts = new Timeouts(DEFAULT_CONSENSUS_LIMITS);
    expect([0, 1, 10].map((round) => timeouts.waitMs('propose', round))).toEqual([1_000, 1_500, 6_000]);
    expect([0, 1, 10].map((round) => timeouts.waitMs('propose', round, 'absent'))).toEqual([500, 1_500, 6_000]);
    expect(timeouts.waitMs('prevote', 2)).toBe(1_000);
    expect(timeouts.waitMs('prevote', 2, 'absent')).toBe(1_000);
    expect(timeouts.waitMs('precommit', 0x7fff_ffff)).toBe(0x7fff_ffff);
  });

  it('grow up to four times where the network is slow, stay so for a hundred heights, and come back', () => {
    const timeouts = new Timeouts(DEFAULT_CONSENSUS_LIMITS);
    for (let time = 0; time < 10; time++) timeouts.late();
    expect(timeouts.waitMs('propose', 0)).toBe(4_000);
    for (let height = 0; height < 100; height++) timeouts.decided(0);
    expect(timeouts.scale).toBe(4);
    for (let height = 0; height < 100; height++) timeouts.decided(0);
    expect(timeouts.scale).toBe(1);
  });

  it('grow up to eight times where this machine is slow, and come back with each height of one round', () => {
    const timeouts = new Timeouts(DEFAULT_CONSENSUS_LIMITS);
    for (let time = 0; time < 10; time++) timeouts.tooShort();
    expect(timeouts.scale).toBe(8);
    timeouts.late(); // never less
    expect(timeouts.scale).toBe(8);
    timeouts.decided(1);
    const slow = new Timeouts(DEFAULT_CONSENSUS_LIMITS);
    slow.tooShort();
    slow.decided(0);
    expect(slow.scale).toBeCloseTo(1.5 * 0.98);
    expect(slow.buildBudgetMs(0)).toBe(400); // blocks stay as they are
  });
});
