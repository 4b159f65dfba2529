import type { BlockResult } from '@heddle/executor';
import { EMPTY_BLOOM, EMPTY_REQUESTS_HASH, EMPTY_TRIE_ROOT, ZERO_HASH } from '@heddle/primitives';
import { describe, expect, it } from 'vitest';
import { MeasurementBook } from '../../src/replay/measurements.ts';
import type { RunOutcome } from '../../src/replay/run-outcome.ts';

const EXPECTED: RunOutcome = {
  gasUsed: 21_000n,
  receipts: new Uint8Array(0),
  receiptsRoot: EMPTY_TRIE_ROOT,
  logsBloom: EMPTY_BLOOM,
  requestsHash: EMPTY_REQUESTS_HASH,
  stateRoot: EMPTY_TRIE_ROOT,
};

/** What a run with workers is that took so long and gives `changes`. */
function result(wallMs: number, changes: Partial<RunOutcome> = {}): BlockResult {
  const accesses = { transactions: { timeNs: Float64Array.of(wallMs) }, deferrals: 0 };
  return { ...EXPECTED, ...changes, figures: { wallMs, incarnations: 1, reExecutions: 0 }, accesses } as never;
}

/** Two rounds, the first of which is for warming up; each way's outcomes in order. */
function deviation(changes: Partial<Record<'plain' | 'one' | 'many', readonly Partial<RunOutcome>[]>>) {
  const book = new MeasurementBook(EXPECTED);
  for (const round of [0, 1]) {
    book.addPlain({ outcome: { ...EXPECTED, ...changes.plain?.[round] }, wallMs: 1 });
    book.addParallel(1, result(1, changes.one?.[round]));
    book.addParallel(2, result(1, changes.many?.[round]));
    if (round === 0) book.forgetTimes();
  }
  return book.close().deviation;
}

describe('runs of a block', () => {
  it('may all agree', () => {
    expect(deviation({})).toBeUndefined();
  });

  it.each<[string, Partial<RunOutcome>]>([
    ['gas', { gasUsed: 1n }],
    ['receipts', { receiptsRoot: ZERO_HASH }],
    ['blooms', { logsBloom: `0x${'01'.repeat(256)}` }],
    ['requests', { requestsHash: ZERO_HASH }],
    ['the state', { stateRoot: ZERO_HASH }],
  ])('are compared in %s, whichever it is', (_, change) => {
    expect(deviation({ plain: [{}, change] })).toMatchObject({ outcome: change });
    expect(deviation({ plain: [change] })).toMatchObject({ name: 'plain execution when timed', outcome: change });
    expect(deviation({ one: [change] })).toMatchObject({ name: 'parallel execution with 1 worker', outcome: change });
    expect(deviation({ one: [{}, change] })).toMatchObject({ outcome: change });
    expect(deviation({ many: [change] })).toMatchObject({ name: 'parallel execution with 2 workers', outcome: change });
    expect(deviation({ many: [{}, change] })).toMatchObject({ outcome: change });
  });

  it('count no time that was for warming up', () => {
    const book = new MeasurementBook(EXPECTED);
    for (const wallMs of [1_000, 1, 2]) {
      book.addPlain({ outcome: EXPECTED, wallMs });
      book.addParallel(1, result(wallMs));
      if (wallMs === 1_000) book.forgetTimes();
    }
    const { plainMs, oneWorker, parallel } = book.close();
    expect(plainMs).toEqual([1, 2]);
    expect(oneWorker.map(({ wallMs }) => wallMs)).toEqual([1, 2]);
    expect(parallel).toBe(oneWorker);
  });
});
