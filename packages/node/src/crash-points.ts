import { HeddleError } from '@heddle/primitives';

/**
 * The moments at which a process can be told to die, for tests of what survives: each before and after its act.
 *
 * - `wal-append`: a record joins those that wait for the consensus log (in memory)
 * - `wal-sync`: what waited has been written to the log; its sync
 * - `signer-write`: the signer's state goes to its file, before the signature may be used
 * - `send`: a signed message, written to the log without a sync of its own, goes to the peers
 * - `block-store`: a whole block joins what waits for the log, before anything is signed for it
 * - `batch`: the decided block's synced batch (in the execution thread), or that of a block that is imported
 * - `end-height`: the log is told that the height is stored
 * - `head-publish`: pool, RPC and the log line are told of the new head
 */
export const CRASH_MOMENTS = [
  'wal-append',
  'wal-sync',
  'signer-write',
  'send',
  'block-store',
  'batch',
  'end-height',
  'head-publish',
] as const;

/** A moment, before or after its act: `before-wal-sync`. */
export type CrashPoint = `${'before' | 'after'}-${(typeof CRASH_MOMENTS)[number]}`;

/** Where a process kills itself, and at which passing (from 1). */
export interface PlannedCrash {
  readonly point: CrashPoint;
  readonly passing: number;
}

/** All points, in the order in which a height passes most of them. */
export const CRASH_POINTS: readonly CrashPoint[] = CRASH_MOMENTS.flatMap(
  (moment) => [`before-${moment}`, `after-${moment}`] as const,
);

let planned: PlannedCrash | undefined;
let passings = 0;

/**
 * Reads `HEDDLE_CRASH_AT=<point>[:<passing>]`; undefined or empty: no crash is planned.
 *
 * @throws HeddleError `CRASH_POINT_UNKNOWN`
 */
export function readPlannedCrash(text: string | undefined): PlannedCrash | undefined {
  if (text === undefined || text === '') return undefined;
  const [name, passing = '1', ...rest] = text.split(':');
  const point = CRASH_POINTS.find((one) => one === name);
  if (!point || rest.length > 0 || !/^[1-9][0-9]{0,8}$/.test(passing)) throw crashPointUnknown(text);
  return { point, passing: Number(passing) };
}

/** Plans the crash of this thread; each thread of a process does so for the points that it passes. */
export function planCrash(crash: PlannedCrash | undefined): void {
  planned = crash;
  passings = 0;
}

/** Ends the process here, as a power cut would, if that was planned. */
export function crashPoint(point: CrashPoint): void {
  if (planned?.point !== point || ++passings !== planned.passing) return;
  process.kill(process.pid, 'SIGKILL');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); // in a thread the signal may take a moment
}

function crashPointUnknown(text: string): HeddleError {
  return new HeddleError('CRASH_POINT_UNKNOWN', `HEDDLE_CRASH_AT=${text}: no such crash point`, {
    remedy: `give one of ${CRASH_POINTS.join(', ')}, and after a colon at which passing (from 1)`,
  });
}
