import type { DriverClock } from '../../src/consensus/driver-ports.ts';
import type { Life } from './life.ts';
import type { VirtualTime } from './virtual-time.ts';

/** How one node's clock differs from true time. */
export interface ClockError {
  readonly offsetMs: number;
  /** 0.001: it gains a millisecond a second. */
  readonly drift: number;
}

/** The clock of one process: it is off, runs too fast or too slow, and its timers with it. */
export function modelClock(time: VirtualTime, startMs: number, error: ClockError, life: Life): DriverClock {
  const speed = 1 + error.drift;
  return {
    now: () => Math.floor(startMs + error.offsetMs + time.nowMs * speed),
    schedule: (delayMs, callback) =>
      time.after(delayMs / speed, () => {
        if (life.passes('before timer')) callback();
      }),
  };
}
