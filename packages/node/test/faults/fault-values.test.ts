import { describe, expect, it } from 'vitest';
import {
  readClock,
  readCount,
  readDuration,
  readGroups,
  readIndex,
  readLinks,
  readShare,
} from '../../src/faults/fault-values.ts';

const links = (text: string) => readLinks(text, 4).map(({ from, to }) => `${from}>${to}`);

/** Why `read` refuses, and what it asks for instead. */
function refusal(read: () => unknown): string {
  try {
    return `accepted: ${JSON.stringify(read())}`;
  } catch (error) {
    const { code, message, remedy } = error as { code: string; message: string; remedy: string };
    return `${code} ${message}; ${remedy}`;
  }
}

describe('the words of a fault', () => {
  it.each([
    ['200ms', 200],
    ['0ms', 0],
    ['20s', 20_000],
    ['1.5s', 1_500],
    ['2m', 120_000],
  ])('take %s for a duration', (text, ms) => {
    expect(readDuration(text)).toBe(ms);
  });

  it.each(['', '20', 's', '-1s', '1h', '61m', '1e9s', '0x10s', ' 1s', '99999999999s', 'NaNs'])(
    'do not take %j for a duration, and say what one is',
    (text) => {
      expect(refusal(() => readDuration(text))).toBe(
        `FAULT_INVALID duration ${JSON.stringify(text)}; give a time up to an hour, for example 200ms, 20s or 1.5m`,
      );
    },
  );

  it('take percentages for shares', () => {
    expect([readShare('30%'), readShare('0%'), readShare('100%'), readShare('0.5%')]).toEqual([0.3, 0, 1, 0.005]);
    for (const text of ['30', '101%', '-1%', '%', '1e1%']) {
      expect(refusal(() => readShare(text))).toMatch(/^FAULT_INVALID share .*; give a percentage from 0% to 100%/);
    }
  });

  it('take whole numbers in a range', () => {
    expect(readCount('10', { low: 1, high: 10 })).toBe(10);
    for (const text of ['0', '11', '1.5', 'x']) {
      expect(refusal(() => readCount(text, { low: 1, high: 10 }))).toContain('give a whole number from 1 to 10');
    }
  });

  it('take offsets and drifts for clocks', () => {
    expect(['+5s', '-200ms', '5s', '+1%', '-0.5%', '0ms'].map(readClock)).toEqual([
      { offsetMs: 5_000 },
      { offsetMs: -200 },
      { offsetMs: 5_000 },
      { drift: 0.01 },
      { drift: -0.005 },
      { offsetMs: 0 },
    ]);
    for (const text of ['', '5', '+-5s', '+60%', 'fast']) {
      expect(refusal(() => readClock(text))).toMatch(/^FAULT_INVALID .*; give /);
    }
  });

  it('name validators that exist', () => {
    expect(readIndex('3', 4)).toBe(3);
    const expected = 'there are validators 0 to 3; give the number of one of them';
    for (const text of ['4', '-1', '', 'x', '1.0', '99999999999999999999']) {
      expect(refusal(() => readIndex(text, 4))).toBe(`FAULT_INVALID validator ${JSON.stringify(text)}: ${expected}`);
    }
    expect(refusal(() => readIndex('1', 1))).toContain('there is validator 0 alone');
  });
});

describe('the groups of a partition', () => {
  it('are what the slashes part, and one more of those that are not named', () => {
    expect(readGroups('0,1/2,3', 4)).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(readGroups('3', 4)).toEqual([[3], [0, 1, 2]]);
    expect(readGroups('0 / 1', 4)).toEqual([[0], [1], [2, 3]]);
  });

  it.each([
    ['0,1,2,3', 'all validators are in one group; give groups with a slash between them'],
    ['0,1/1,2', 'validator 1 is named twice; name each once'],
    ['0,1/2,9', 'validator "9": there are validators 0 to 3'],
    ['0,1//2', 'validator "": there are validators 0 to 3'],
  ])('are not %s', (text, expected) => {
    expect(refusal(() => readGroups(text, 4))).toContain(expected);
  });
});

describe('the links of a fault', () => {
  it('are both directions, one of them, all of one validator, or all', () => {
    expect(links('0-1')).toEqual(['0>1', '1>0']);
    expect(links('0>1')).toEqual(['0>1']);
    expect(links('3')).toEqual(['3>0', '0>3', '3>1', '1>3', '3>2', '2>3']);
    expect(links('all')).toHaveLength(12);
    expect(links('0-1,0>1, 2>3')).toEqual(['0>1', '1>0', '2>3']);
  });

  it.each([
    ['0-0', 'link "0-0": both ends are the same; name two validators'],
    ['0-4', 'validator "4": there are validators 0 to 3'],
    ['0<1', 'link "0<1"; give 0-1 (both directions), "0>1" (one), 2 (all links of validator 2) or all'],
    ['', 'link ""; give 0-1'],
    ['0-1,', 'link ""; give 0-1'],
  ])('are not %j', (text, expected) => {
    expect(refusal(() => readLinks(text, 4))).toContain(expected);
  });
});
