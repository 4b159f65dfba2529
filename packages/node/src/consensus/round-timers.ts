import type { ScheduleTimeout, Timeout } from '@heddle/consensus';
import type { DriverClock } from './driver-ports.ts';
import type { ProposerPresence, Timeouts } from './timeouts.ts';

interface Running {
  readonly timeout: Timeout;
  readonly callOff: () => void;
  isDue: boolean;
}

/** The core's timers of one height. */
export class RoundTimers {
  readonly #clock: DriverClock;
  readonly #timeouts: Timeouts;
  readonly #onTimeout: (timeout: Timeout) => void;
  readonly #running = new Map<string, Running>();
  #isHeld = false;

  constructor(clock: DriverClock, timeouts: Timeouts, onTimeout: (timeout: Timeout) => void) {
    this.#clock = clock;
    this.#timeouts = timeouts;
    this.#onTimeout = onTimeout;
  }

  /** Starts what the core asks for; a second one for the same step and round replaces the first. */
  schedule({ timeout, urgency }: ScheduleTimeout, proposer: ProposerPresence = 'here'): void {
    const key = `${timeout.round}/${timeout.kind}`;
    this.#running.get(key)?.callOff();
    const delayMs = urgency === 'immediate' ? 0 : this.#timeouts.waitMs(timeout.kind, timeout.round, proposer);
    const callOff = this.#clock.schedule(delayMs, () => this.#ranOut(key));
    this.#running.set(key, { timeout, callOff, isDue: false });
  }

  /** None fires until {@link RoundTimers.release}: they go on running. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Those that have run out meanwhile, and are still running for the core, fire. */
  release(): void {
    this.#isHeld = false;
    for (const [key, { isDue }] of [...this.#running]) if (isDue) this.#ranOut(key);
  }

  /** No timer runs any more. */
  clear(): void {
    for (const { callOff } of this.#running.values()) callOff();
    this.#running.clear();
  }

  #ranOut(key: string): void {
    const running = this.#running.get(key);
    if (!running) return;
    running.isDue = true;
    if (this.#isHeld) return;
    this.#running.delete(key);
    this.#onTimeout(running.timeout);
  }
}
