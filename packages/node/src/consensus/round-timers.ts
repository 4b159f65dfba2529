import type { ScheduleTimeout, Timeout } from '@heddle/consensus';
import type { DriverClock } from './driver-ports.ts';
import type { Timeouts } from './timeouts.ts';

/** A timer that is so late belongs to a process that was stopped. */
const PAUSED_MS = 2_000;
/** Such a timer waits for so long again: peers have hung up meanwhile, and come back with what has happened since. */
const AFTER_PAUSE_MS = 1_000;

/** The core's timers of one height. */
export class RoundTimers {
  readonly #clock: DriverClock;
  readonly #timeouts: Timeouts;
  readonly #onTimeout: (timeout: Timeout) => void;
  readonly #running = new Map<string, () => void>();

  constructor(clock: DriverClock, timeouts: Timeouts, onTimeout: (timeout: Timeout) => void) {
    this.#clock = clock;
    this.#timeouts = timeouts;
    this.#onTimeout = onTimeout;
  }

  /** Starts what the core asks for; a second one for the same step and round replaces the first. */
  schedule({ timeout, urgency }: ScheduleTimeout): void {
    const key = `${timeout.round}/${timeout.kind}`;
    this.#running.get(key)?.();
    const delayMs = urgency === 'immediate' ? 0 : this.#timeouts.waitMs(timeout.kind, timeout.round);
    this.#start(key, timeout, delayMs);
  }

  /** No timer runs any more. */
  clear(): void {
    for (const callOff of this.#running.values()) callOff();
    this.#running.clear();
  }

  #start(key: string, timeout: Timeout, delayMs: number): void {
    const dueMs = this.#clock.now() + delayMs;
    const callOff = this.#clock.schedule(delayMs, () => {
      if (this.#clock.now() - dueMs > PAUSED_MS) return this.#start(key, timeout, AFTER_PAUSE_MS);
      this.#running.delete(key);
      this.#onTimeout(timeout);
    });
    this.#running.set(key, callOff);
  }
}
