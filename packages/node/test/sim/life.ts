import type { VirtualTime } from './virtual-time.ts';

/** Where a process can die: before an effect on the world, or after it and before the process hears of it. */
export type CrashPoint = `${'before' | 'after'} ${Effect}`;
type Effect =
  | 'write'
  | 'truncate'
  | 'datasync'
  | 'rename'
  | 'remove'
  | 'syncDirectory'
  | 'send'
  | 'request'
  | 'build'
  | 'execute'
  | 'commit'
  | 'publish'
  | 'timer';

/** One process from its start to its death. A dead one can do nothing more: its ports never answer and act no more. */
export class Life {
  readonly #onCrash: (point: CrashPoint) => void;
  #isAlive = true;
  #dueAfter = Number.POSITIVE_INFINITY;
  #dueAt: CrashPoint | undefined;

  constructor(onCrash: (point: CrashPoint) => void) {
    this.#onCrash = onCrash;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** It will die at the `count`-th point from now. */
  crashAfter(count: number): void {
    this.#dueAfter = count;
  }

  /** It will die at the next such point. */
  crashAt(point: CrashPoint): void {
    this.#dueAt = point;
  }

  /** No crash is planned any more. */
  spare(): void {
    this.#dueAfter = Number.POSITIVE_INFINITY;
    this.#dueAt = undefined;
  }

  end(): void {
    this.#isAlive = false;
  }

  /** Every port calls this around its effect. False: the process is dead; do nothing and never answer. */
  passes(point: CrashPoint): boolean {
    if (!this.#isAlive) return false;
    if (--this.#dueAfter > 0 && point !== this.#dueAt) return true;
    this.#isAlive = false;
    this.#onCrash(point);
    return false;
  }

  /** Waits while the process lives. */
  wait(time: VirtualTime, ms: number): Promise<void> {
    return new Promise((resolve) => {
      time.after(ms, () => {
        if (this.#isAlive) resolve();
      });
    });
  }
}

/** What a dead process waits for. A new one each time: a shared one would keep all who wait for it in memory. */
export function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}
