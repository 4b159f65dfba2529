/** Bounds of one query. */
export interface QueryLimits {
  /** Gas of one run (geth's `--rpc.gascap`). */
  readonly gasCap: bigint;
  /** Milliseconds that one query may run (geth's `--rpc.evmtimeout`). */
  readonly timeMs: number;
}

/** Geth's defaults. */
export const DEFAULT_QUERY_LIMITS: QueryLimits = { gasCap: 50_000_000n, timeMs: 5_000 };

/** Geth's words for a query that ran out of time. */
export function queryTimedOut(timeMs: number): {
  readonly status: 'failed';
  readonly code: number;
  readonly message: string;
} {
  return { status: 'failed', code: -32000, message: `execution aborted (timeout = ${timeMs / 1_000}s)` };
}
