import type { DriverClock } from './driver-ports.ts';

/** The machine's clock; delays run on the monotonic one. */
export const systemClock: DriverClock = {
  now: () => Date.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};
