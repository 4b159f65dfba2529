import type { DriverClock } from './driver-ports.ts';

/** Waits, or not when `signal` is aborted. */
export function pause(clock: DriverClock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const onAbort = () => {
      callOffTimer();
      resolve();
    };
    const callOffTimer = clock.schedule(ms, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
