/** The traps are numbered from 1 to this. */
export const TRAP_COUNT = 58;

/** Traps that are no block of their own (traps.ts) but a test elsewhere, by file below this package. */
export const TESTED_ELSEWHERE: Readonly<Record<number, { readonly what: string; readonly file: string }>> = {
  43: { what: 'a lost wake-up', file: 'test/schedules/schedules.test.ts' },
  46: { what: 'locations whose hashes are equal', file: 'test/parallel/core.test.ts' },
  49: { what: 'an invalid transaction behind speculation', file: 'test/schedules/shapes.ts' },
  50: { what: 'a late worker of an aborted incarnation', file: 'test/schedules/faults.ts' },
  55: { what: 'a block begun anew does nothing twice', file: 'test/schedules/death-sweep.ts' },
  56: { what: 'the parallel path was on', file: 'test-ci/traps.test.ts' },
  57: { what: 'system contracts', file: 'test/parallel/block-fixtures.test.ts' },
  58: { what: 'withdrawals behind the transactions', file: 'test/parallel/executor.test.ts' },
};

/** What of a tested trap nothing here can fall into yet, and what must come first. */
export const WAITING: Readonly<Record<number, string>> = {
  32: 'the blob limit of a block: the pool refuses blob transactions, so none is built that holds two',
  36: 'the order of logs of transfers (EIP-7708): a fork after Osaka',
};
