import { describe, expect, it } from 'vitest';
import type { BlockSummary } from '../../src/execution/main-boundary.ts';
import { blockLine, createBlockLines } from '../../src/supervisor/block-lines.ts';

function summary(number: number, fields: Partial<BlockSummary> = {}): BlockSummary {
  return {
    number,
    hash: '0x00',
    round: 0,
    transactionCount: 0,
    gasUsed: 0n,
    executionMs: 1,
    reExecutions: 0,
    speedUpOn8: 0,
    limitedBy: undefined,
    ...fields,
  };
}

type Reports = readonly (readonly [number, number?])[];

/** What is printed when validators report as `reports` says: [index, height], or [index] when it goes down. */
function printed(...reports: Reports): number[] {
  return printedSince(0, [], reports);
}

/** The same with a beginning at `height`, after the reports of `before`. */
function printedSince(height: number, before: Reports, reports: Reports): number[] {
  const lines: string[] = [];
  const blocks = createBlockLines((line) => lines.push(line));
  const hear = ([index, number]: Reports[number]): void => {
    if (number === undefined) blocks.forget(index);
    else blocks.report(index, summary(number));
  };
  before.forEach(hear);
  expect(lines).toEqual([]);
  blocks.begin(height);
  reports.forEach(hear);
  return lines.map((line) => Number(line.split(' ')[1]));
}

describe('the lines of a devnet', () => {
  it('show each height once, by the first validator', () => {
    expect(printed([0, 1], [1, 1], [1, 2], [0, 2], [2, 2])).toEqual([1, 2]);
  });

  it('go on with the next validator when the first goes down, without a gap', () => {
    expect(printed([0, 1], [1, 1], [1, 2], [1, 3], [0], [1, 4])).toEqual([1, 2, 3, 4]);
  });

  it('leave out the blocks that a validator catches up on', () => {
    expect(printed([0, 1], [1, 1], [0], [1, 2], [1, 3], [0, 2], [1, 4])).toEqual([1, 2, 3, 4]);
    expect(printed([0, 1], [1, 1], [0], [1, 2], [1, 3], [0, 2], [1, 4], [0, 3], [0, 4], [0, 5])).toEqual([
      1, 2, 3, 4, 5,
    ]);
  });

  it('do not wait for a first validator that stands still', () => {
    expect(printed([0, 1], [1, 1], [1, 2], [1, 3], [1, 4], [1, 5])).toEqual([1, 2]);
  });

  it('begin wherever the chain stands', () => {
    expect(printed([0, 100], [1, 100], [0, 101])).toEqual([100, 101]);
  });

  it('leave out the blocks that were final before the devnet started, whoever catches up with them', () => {
    expect(
      printedSince(
        100,
        [],
        [
          [3, 1],
          [3, 2],
          [3, 100],
          [0, 101],
          [3, 101],
        ],
      ),
    ).toEqual([101]);
    expect(
      printedSince(
        100,
        [
          [3, 1],
          [3, 2],
        ],
        [
          [3, 3],
          [0, 101],
        ],
      ),
    ).toEqual([101]);
  });

  it('come in order, once all validators are up, for blocks that were decided before that', () => {
    expect(
      printedSince(
        2,
        [
          [0, 3],
          [1, 3],
          [0, 4],
        ],
        [
          [1, 4],
          [1, 5],
          [0, 5],
        ],
      ),
    ).toEqual([3, 4, 5]);
  });
});

describe('the line of a block', () => {
  it('says how parallel it could be and what limits it', () => {
    const line = blockLine(
      summary(7, {
        round: 1,
        transactionCount: 140,
        gasUsed: 4_200_000n,
        executionMs: 35.4,
        reExecutions: 3,
        speedUpOn8: 6.34,
        limitedBy: `0xab slot 0x3f${'0'.repeat(62)}`,
      }),
    );
    expect(line).toBe(
      'block 7 · round 1 · 140 txs, up to 6.3x on 8 cores, limited by 0xab slot 0x3f000000… · 4,200,000 gas · 35 ms · 3 re-executed',
    );
  });

  it('is short when nothing happened', () => {
    expect(blockLine(summary(8))).toBe('block 8 · round 0 · 0 txs');
    expect(
      blockLine(summary(9, { transactionCount: 1, gasUsed: 21_000n, speedUpOn8: 1, limitedBy: '0xab slot 0x1' })),
    ).toBe('block 9 · round 0 · 1 tx · 21,000 gas · 1.0 ms · 0 re-executed');
  });
});
