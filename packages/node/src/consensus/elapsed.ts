/**
 * Milliseconds from `sinceMs` to `nowMs`. A wall clock that was set back in between makes it long ago: nothing may wait
 * until the clock has come round again.
 */
export function elapsedMs(nowMs: number, sinceMs: number): number {
  return nowMs < sinceMs ? Number.POSITIVE_INFINITY : nowMs - sinceMs;
}
