import type { HotLocation } from '@heddle/executor';
import { describe, expect, it } from 'vitest';
import { parallelismRecord, summarize } from '../../src/execution/block-summary.ts';
import { EMPTY_FIGURES } from './empty-result.ts';

const TOKEN = `0x${'70'.repeat(20)}` as const;
const HASH = `0x${'ab'.repeat(32)}` as const;
const BLOCK = { number: 7, hash: HASH, round: 1, gasUsed: 42_000n };
const slotOf = (slot: bigint) => `0x${slot.toString(16).padStart(64, '0')}` as const;
const hot = (fields: Partial<HotLocation>): HotLocation => {
  return { address: TOKEN, kind: 'slot', slot: slotOf(0x3fn), reExecutions: 2, gain: 21_000, ...fields };
};

describe("a block's line", () => {
  it('says what was executed, and how parallel it could have been on eight cores', () => {
    const byGas = { t1: 42_000, tInf: 21_000, bound: { 2: 2, 4: 2, 8: 2.5, 16: 3, unlimited: 4 } };
    const figures = { ...EMPTY_FIGURES, transactionCount: 2, byGas, reExecutions: 1, wallMs: 3.5 };
    expect(summarize(BLOCK, figures)).toEqual({
      ...BLOCK,
      transactionCount: 2,
      executionMs: 3.5,
      reExecutions: 1,
      speedUpOn8: 2.5,
      limitedBy: undefined,
    });
  });

  it('claims no speed-up for a block without transactions', () => {
    const byGas = { ...EMPTY_FIGURES.byGas, bound: { 2: 2, 4: 4, 8: 8, 16: 16, unlimited: 16 } };
    expect(summarize(BLOCK, { ...EMPTY_FIGURES, byGas }).speedUpOn8).toBe(0);
  });

  it.each([
    ['a small slot as a number', [hot({})], `${TOKEN} slot 0x3f`],
    ['a hashed slot whole', [hot({ slot: HASH })], `${TOKEN} slot ${HASH}`],
    ['slot 0', [hot({ slot: slotOf(0n) })], `${TOKEN} slot 0x0`],
    ["an account's field", [hot({ kind: 'balance', slot: undefined })], `${TOKEN} balance`],
    ['the hottest alone', [hot({ slot: slotOf(1n) }), hot({ slot: slotOf(2n) })], `${TOKEN} slot 0x1`],
    ['nothing when nothing would be gained', [hot({ gain: 0 })], undefined],
  ])('names %s', (_, locations, words) => {
    expect(summarize(BLOCK, { ...EMPTY_FIGURES, hot: locations }).limitedBy).toBe(words);
  });
});

it('what is kept of a block is ready for JSON', () => {
  const figures = { ...EMPTY_FIGURES, hot: [hot({}), hot({ kind: 'nonce', slot: undefined })] };
  const record = parallelismRecord(BLOCK, figures);
  expect(JSON.parse(JSON.stringify(record))).toEqual(record);
  expect(record).toMatchObject({
    number: 7,
    hash: HASH,
    hot: [{ slot: slotOf(0x3fn) }, { kind: 'nonce', slot: null }],
  });
});
