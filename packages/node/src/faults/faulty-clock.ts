import type { DriverClock } from '../consensus/driver-ports.ts';
import type { ClockFault } from './fault-settings.ts';

/** A clock that shows what it is told to, made of one that is right. */
export class FaultyClock implements DriverClock {
  readonly #right: DriverClock;
  #fault: ClockFault = { offsetMs: 0, drift: 0 };
  /** When the drift of now began, and what was gained before. */
  #sinceMs: number;
  #gainedMs = 0;

  constructor(right: DriverClock) {
    this.#right = right;
    this.#sinceMs = right.now();
  }

  /** From now on. A drift goes on from what was gained until now; without one the clock is right but for the offset. */
  change(fault: ClockFault): void {
    this.#gainedMs = fault.drift === 0 ? 0 : this.#gained();
    this.#sinceMs = this.#right.now();
    this.#fault = fault;
  }

  now(): number {
    return Math.round(this.#right.now() + this.#fault.offsetMs + this.#gained());
  }

  /** A clock that is too fast thinks sooner that the time is over. */
  schedule(delayMs: number, callback: () => void): () => void {
    return this.#right.schedule(delayMs / (1 + this.#fault.drift), callback);
  }

  #gained(): number {
    return this.#gainedMs + this.#fault.drift * (this.#right.now() - this.#sinceMs);
  }
}
