const { timeOrigin } = performance; // asking costs more than the time itself

/** Wall milliseconds of a clock that all threads of the process share and that never goes back. */
export function sharedNow(): number {
  return timeOrigin + performance.now();
}
