import { defaultLimits, type LimitsOf, limit } from '@heddle/primitives';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** What bounds `eth_call` and `eth_estimateGas`: geth's gas and time, and the threads that run them. */
export const QUERY_LIMIT_TABLE = {
  gasCap: limit('gas', 'gas', 50_000_000, 'gas of one call; a call that asks for more gets this', { low: 21_000 }),
  timeMs: limit('time', 'milliseconds', 5 * SECOND, 'how long one call may run', { low: 10, high: 60 * MINUTE }),
  graceMs: limit('grace', 'milliseconds', 2 * SECOND, 'a thread that is later than this by its own time is ended', {
    low: 10,
    high: MINUTE,
  }),
  // A devnet's validators share one machine.
  threadCount: limit('threads', 'count', 2, 'threads that run calls', { high: 64 }),
  patienceMs: limit('patience', 'milliseconds', 250, 'another thread is started when a call has waited so long', {
    high: MINUTE,
  }),
  waitingCount: limit('waiting', 'count', 256, 'calls that wait for a thread; beyond: -32005', { high: 100_000 }),
  waitingMs: limit('waiting-time', 'milliseconds', 30 * SECOND, 'how long a call waits for a thread; then: -32002', {
    low: 10,
    high: 60 * MINUTE,
  }),
  startMs: limit('start-time', 'milliseconds', 30 * SECOND, 'to start a thread', { low: SECOND, high: 60 * MINUTE }),
  idleMs: limit('idle-time', 'milliseconds', 5 * MINUTE, 'a thread without calls is let go, with its memory', {
    low: 10,
    high: 24 * 60 * MINUTE,
  }),
} as const;

/** The limits of calls, a number each. */
export type QueryLimits = LimitsOf<typeof QUERY_LIMIT_TABLE>;

/** The limits of every node that is told no others. */
export const DEFAULT_QUERY_LIMITS: QueryLimits = defaultLimits(QUERY_LIMIT_TABLE);

/** Geth's words for a query that ran out of time. */
export function queryTimedOut(timeMs: number): {
  readonly status: 'failed';
  readonly code: number;
  readonly message: string;
} {
  return { status: 'failed', code: -32000, message: `execution aborted (timeout = ${timeMs / 1_000}s)` };
}
