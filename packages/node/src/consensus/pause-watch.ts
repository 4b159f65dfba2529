import type { DriverClock } from './driver-ports.ts';
import { elapsedMs } from './elapsed.ts';

/** Something happens in a driver many times a second: a process in which nothing did for so long was stopped. */
const PAUSED_MS = 2_000;
/** It first takes in what has lain in its sockets meanwhile. What it hears after that is news. */
const OLD_NEWS_MS = 250;
/** Without news it goes on all the same: there may be nobody to tell any. */
const NEWS_WAIT_MS = 3_000;

/**
 * Notices, by the first thing that happens afterwards, that this process was stopped for a while (SIGSTOP, a suspended
 * machine). Until {@link PauseWatch.end} it should not speak: its timers and what it reads first are of long ago.
 */
export class PauseWatch {
  readonly #clock: DriverClock;
  readonly #onPause: () => void;
  #aliveMs = Number.POSITIVE_INFINITY;
  #wokenMs: number | undefined;

  constructor(clock: DriverClock, onPause: () => void) {
    this.#clock = clock;
    this.#onPause = onPause;
  }

  /** The process was stopped, and {@link PauseWatch.end} was not called since. */
  get isWaking(): boolean {
    return this.#wokenMs !== undefined;
  }

  /** Waking has taken long enough. */
  get isOverdue(): boolean {
    return this.#wokenMs !== undefined && elapsedMs(this.#clock.now(), this.#wokenMs) >= NEWS_WAIT_MS;
  }

  /** Whether what was heard at `heardMs` was said after the process had gone on. */
  isNews(heardMs: number): boolean {
    return this.#wokenMs === undefined || heardMs >= this.#wokenMs + OLD_NEWS_MS;
  }

  /** The process knows where it is. */
  end(): void {
    this.#wokenMs = undefined;
  }

  /** Something happens now. `onPause` is called first if nothing did for long. */
  alive(): void {
    const nowMs = this.#clock.now();
    const silentMs = nowMs - this.#aliveMs;
    this.#aliveMs = nowMs;
    if (silentMs <= PAUSED_MS) return;
    this.#wokenMs = nowMs;
    this.#onPause();
  }

  /** The clock, with a sign of life before everything that was to happen later. */
  get clock(): DriverClock {
    return {
      now: () => this.#clock.now(),
      schedule: (delayMs, callback) =>
        this.#clock.schedule(delayMs, () => {
          this.alive();
          callback();
        }),
    };
  }
}
