const clock = performance; // a look at the global costs as much as the time itself
const { timeOrigin } = clock;

/** Wall milliseconds of a clock that all threads of the process share and that never goes back. */
export function sharedNow(): number {
  return timeOrigin + clock.now();
}
