/** A change of one place of the core's sources, for the builds of these tests alone. */
export interface Patch {
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replacement: string;
}

/** Faults of synchronization by the numbers under which they are planted; each acts in an instance that plants it. */
export const FAULTS = {
  /** An event is counted, and nobody woken. */
  loseWakeUp: 101,
  /** Whoever finds nothing to do looks at the event count only when it goes to sleep. */
  lookTooLate: 102,
  /** Waiters are counted before the event that they wait for has happened. */
  countTooEarly: 103,
  /** Whoever waits for a location's lock is not woken when it is free. */
  forgetLockWaiters: 105,
  /** A run that was taken away publishes all the same: trap 50. */
  publishSuperseded: 104,
} as const;

/** The sources with {@link FAULTS} in them. */
export const FAULT_PATCHES: readonly Patch[] = [
  {
    file: 'scheduler.ts',
    find: '  waitForEvent(seen);',
    replacement: `  waitForEvent(planted(${FAULTS.lookTooLate}) ? atomic.load<u32>(EVENTS) : seen);`,
  },
  {
    file: 'scheduler.ts',
    find: 'import { incarnationOf,',
    replacement: 'import { planted } from "./debug"; import { incarnationOf,',
  },
  {
    file: 'stop.ts',
    find: '  atomic.add<u32>(EVENTS, 1);\n  if (atomic.load<u32>(WAITERS) != 0)',
    replacement:
      `  const early = planted(${FAULTS.countTooEarly}) ? atomic.load<u32>(WAITERS) : 1;` +
      '  atomic.add<u32>(EVENTS, 1);\n' +
      `  if (early != 0 && !planted(${FAULTS.loseWakeUp}) && atomic.load<u32>(WAITERS) != 0)`,
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
    file: 'versioned-memory.ts',
    find: 'LOCK_CONTENDED) != 0) atomic.notify',
    replacement: `LOCK_CONTENDED) != 0 && !planted(${FAULTS.forgetLockWaiters})) atomic.notify`,
  },
];
