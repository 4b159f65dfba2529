/** Wall milliseconds of a clock that all threads of the process share and that never goes back. */
export function sharedNow(): number {
  return performance.timeOrigin + performance.now();
}
