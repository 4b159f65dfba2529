/** A change of one place of the core's sources, for the builds of these tests alone. */
export interface Patch {
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replacement: string;
}

/** Faults by their numbers, beside those of assembly/debug.ts; each acts in an instance that plants it. */
export const FAULTS = {
  /** An event is counted, and nobody woken. */
  loseWakeUp: 101,
  /** Whoever finds nothing to do looks at the event count only when it goes to sleep. */
  lookTooLate: 102,
  /** Whoever waits does not look again once others can see that it waits. */
  lookTooEarly: 103,
  /** Whoever waits for a location's lock is not woken when it is free. */
  forgetLockWaiters: 105,
  /** A run that was taken away publishes all the same: trap 50. */
  publishSuperseded: 104,
  /** What a run only compared is not compared again. */
  trustPredicates: 106,
  /** An amount is committed as if it were the value. */
  commitAmount: 107,
  /** What a transaction writes where it has wiped counts as written before. */
  wipeTooMuch: 108,
  /** Transactions speculate however far they are from the frontier. */
  passWindow: 109,
  /** The window stays at the beginning of the block. */
  stickWindow: 110,
  /** A transaction speculates as often as it loses. */
  neverPark: 111,
  /** A final run is committed whoever is at the frontier. */
  commitWithoutToken: 112,
  /** Whoever opens more than it takes tells nobody. */
  keepToItself: 116,
  /** What is executed holds back those above it of its kind as if it were not. */
  neverRelease: 113,
  /** What is deferred is deferred behind itself. */
  deferAll: 114,
  /** Kinds at odds speculate as others do. */
  neverDefer: 115,
  /** What is deferred continues a stretch, whatever its kind and wherever it is. */
  stretchOverOthers: 117,
  /** What was a stretch in one block is taken for one in the next. */
  keepStretch: 118,
  /** A stretch is looked at one by one. */
  neverPassOver: 119,
  /** A kind at odds cools down with each commit, whatever that one had to wait for. */
  coolAnyway: 120,
  /** A kind at odds never cools down. */
  neverCool: 121,
  /** Who runs at the frontier takes all above it for deferred. */
  holdBackAll: 122,
} as const;

/** The sources with {@link FAULTS} in them. */
export const FAULT_PATCHES: readonly Patch[] = [
  {
    file: 'scheduler.ts',
    find: '  waitForChange(changes, calls);',
    replacement: [
      `  if (planted(${FAULTS.lookTooLate})) waitForChange(atomic.load<u32>(CHANGES), atomic.load<u32>(EVENTS));`,
      '  else waitForChange(changes, calls);',
    ].join('\n'),
  },
  {
    file: 'scheduler.ts',
    find: 'import { incarnationOf,',
    replacement: 'import { planted } from "./debug"; import { incarnationOf,',
  },
  {
    file: 'stop.ts',
    find: '  if (atomic.load<u32>(WAITERS) != 0)',
    replacement: `  if (!planted(${FAULTS.loseWakeUp}) && atomic.load<u32>(WAITERS) != 0)`,
  },
  {
    file: 'stop.ts',
    find: '  if (atomic.load<u32>(CHANGES) == changes) atomic.wait',
    replacement: `  if (planted(${FAULTS.lookTooEarly}) || atomic.load<u32>(CHANGES) == changes) atomic.wait`,
  },
  {
    file: 'scheduler.ts',
    find: '  if (atomic.load<u32>(WAITERS) == 0) return;',
    replacement: `  if (atomic.load<u32>(WAITERS) == 0 || planted(${FAULTS.keepToItself})) return;`,
  },
  {
    file: 'kinds.ts',
    find: '    if (state != STATE_EXECUTED) workerHeld |= bit;',
    replacement: `    if (state != STATE_EXECUTED || planted(${FAULTS.neverRelease})) workerHeld |= bit;`,
  },
  {
    file: 'kinds.ts',
    find: '  if ((workerHeld & bit) == 0) {',
    replacement: `  if (planted(${FAULTS.neverDefer}) || ((workerHeld & bit) == 0 && !planted(${FAULTS.deferAll}))) {`,
  },
  {
    file: 'kinds.ts',
    find: '  } else if (tx != workerStretchEnd || bit != workerStretchBit) {',
    replacement:
      '  } else if ((tx != workerStretchEnd || bit != workerStretchBit) && ' +
      `!planted(${FAULTS.stretchOverOthers})) {`,
  },
  {
    file: 'kinds.ts',
    find: 'export function forgetStretch(): void {',
    replacement: `export function forgetStretch(): void {\n  if (planted(${FAULTS.keepStretch})) return;`,
  },
  {
    file: 'kinds.ts',
    find: '  return isWithin && (workerHeld & workerStretchBit) != 0',
    replacement: `  return isWithin && !planted(${FAULTS.neverPassOver}) && (workerHeld & workerStretchBit) != 0`,
  },
  {
    file: 'kinds.ts',
    find: '(before != 0 && readsFrom(load<u32>(row, ROW_READS), before - 1))) return;',
    replacement:
      `planted(${FAULTS.neverCool}) || (!planted(${FAULTS.coolAnyway}) && ` +
      'before != 0 && readsFrom(load<u32>(row, ROW_READS), before - 1))) return;',
  },
  {
    file: 'kinds.ts',
    find: '  if (tx < workerStretchStart || end > workerStretchEnd) return false;',
    replacement:
      `  if (planted(${FAULTS.holdBackAll})) return true;\n` +
      '  if (tx < workerStretchStart || end > workerStretchEnd) return false;',
  },
  {
    file: 'kinds.ts',
    find: 'import { openEnvelope }',
    replacement: 'import { planted } from "./debug"; import { openEnvelope }',
  },
  {
    file: 'stop.ts',
    find: '/** Why the block has ended (STOP_*), 0 while it runs. */',
    replacement: 'import { planted } from "./debug";',
  },
  {
    file: 'run.ts',
    find: 'publishing, ROW_STATUS) != workerWord) return false;',
    replacement: `publishing, ROW_STATUS) != workerWord && !planted(${FAULTS.publishSuperseded})) return false;`,
  },
  {
    file: 'run.ts',
    find: '  const before = atomic.cmpxchg<u32>(workerRow, publishing, executed, ROW_STATUS);',
    replacement:
      `  if (planted(${FAULTS.publishSuperseded})) atomic.store<u32>(workerRow, executed, ROW_STATUS);` +
      '  const before = atomic.cmpxchg<u32>(workerRow, publishing, executed, ROW_STATUS);',
  },
  {
    file: 'frontier.ts',
    find: 'if (!isFinalRun() || !takeToken()) return',
    replacement: `if (!isFinalRun() || (!takeToken() && !planted(${FAULTS.commitWithoutToken}))) return`,
  },
  {
    file: 'read-set.ts',
    find: '  if (kind == READ_EMPTY) return',
    replacement: `  if (kind != READ_EXACT && planted(${FAULTS.trustPredicates})) return true;\n  if (kind == READ_EMPTY) return`,
  },
  {
    file: 'versioned-memory.ts',
    find: 'if (u64(load<i32>(record, RECORD_TX) + POSITION_OFFSET) >= position)',
    replacement: `if (u64(load<i32>(record, RECORD_TX) + POSITION_OFFSET) >= position + u64(planted(${FAULTS.wipeTooMuch})))`,
  },
  {
    file: 'write-set.ts',
    find: '      if (isAmount(record)) {',
    replacement: `      if (isAmount(record) && !planted(${FAULTS.commitAmount})) {`,
  },
  {
    file: 'write-set.ts',
    find: 'import { ASSERT_COMMIT_ORDER, check }',
    replacement: 'import { ASSERT_COMMIT_ORDER, check, planted }',
  },
  {
    file: 'scheduler.ts',
    find: '  return count - frontier > depth ? frontier + depth : count;',
    replacement:
      `  const from: u32 = planted(${FAULTS.stickWindow}) ? 0 : frontier;` +
      `  return count - from > depth && !planted(${FAULTS.passWindow}) ? from + depth : count;`,
  },
  {
    file: 'scheduler.ts',
    find: 'if (runs >= MAX_SPECULATIVE_RUNS) return CLOSED;',
    replacement: `if (runs >= MAX_SPECULATIVE_RUNS && !planted(${FAULTS.neverPark})) return CLOSED;`,
  },
  {
    file: 'versioned-memory.ts',
    find: 'LOCK_CONTENDED) != 0) atomic.notify',
    replacement: `LOCK_CONTENDED) != 0 && !planted(${FAULTS.forgetLockWaiters})) atomic.notify`,
  },
];
