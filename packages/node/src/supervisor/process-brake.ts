import { faultImpossible } from '../faults/fault-errors.ts';

/** Why a process does not run all the time. */
export type Braking =
  | { readonly type: 'stopped'; readonly untilMs: number | undefined }
  | { readonly type: 'slow'; readonly share: number };

/** One turn of a slowed process: it runs for its share of it, and waits for the rest. */
const PERIOD_MS = 100;

/** Stops a process for a time, or lets it have a share of the processor only, by SIGSTOP and SIGCONT. */
export class ProcessBrake {
  readonly #signal: (name: 'SIGSTOP' | 'SIGCONT') => void;
  #stopTimer: NodeJS.Timeout | undefined;
  #turnTimer: NodeJS.Timeout | undefined;
  #share: number | undefined;
  #isStopped = false;
  #untilMs: number | undefined;

  /** `signal` reaches whatever process is there at that moment. */
  constructor(signal: (name: 'SIGSTOP' | 'SIGCONT') => void) {
    this.#signal = signal;
  }

  /** What holds the process, the stronger first. `untilMs` is on the clock of `performance.now()`. */
  get braking(): Braking | undefined {
    if (this.#isStopped) return { type: 'stopped', untilMs: this.#untilMs };
    return this.#share === undefined ? undefined : { type: 'slow', share: this.#share };
  }

  /** Until `forMs` are over, or it is released. @throws HeddleError `FAULT_IMPOSSIBLE` on Windows */
  stop(forMs: number | undefined): void {
    assertSignals('stop');
    clearTimeout(this.#stopTimer);
    this.#isStopped = true;
    this.#untilMs = forMs === undefined ? undefined : performance.now() + forMs;
    this.#stopTimer = forMs === undefined ? undefined : setTimeout(() => this.#goOn(), forMs);
    this.#signal('SIGSTOP');
  }

  /** Runs `share` of the time; 1: all of it. @throws HeddleError `FAULT_IMPOSSIBLE` on Windows */
  slow(share: number): void {
    assertSignals('slow');
    clearTimeout(this.#turnTimer);
    this.#share = share < 1 ? share : undefined;
    if (this.#share !== undefined) this.#run(this.#share);
    else if (!this.#isStopped) this.#signal('SIGCONT');
  }

  /** Another process took the old one's place: it is not stopped, but just as slow. */
  replaced(): void {
    clearTimeout(this.#stopTimer);
    this.#isStopped = false;
  }

  /** Ends both. */
  release(): void {
    clearTimeout(this.#turnTimer);
    this.#share = undefined;
    if (this.#isStopped) this.#goOn();
    else if (process.platform !== 'win32') this.#signal('SIGCONT'); // it may be in the idle part of its turn
  }

  #goOn(): void {
    clearTimeout(this.#stopTimer);
    this.#isStopped = false;
    this.#signal('SIGCONT');
  }

  #run(share: number): void {
    if (!this.#isStopped) this.#signal('SIGCONT');
    this.#turnTimer = setTimeout(() => {
      if (!this.#isStopped) this.#signal('SIGSTOP');
      this.#turnTimer = setTimeout(() => this.#run(share), PERIOD_MS * (1 - share));
    }, PERIOD_MS * share);
  }
}

function assertSignals(what: string): void {
  if (process.platform !== 'win32') return;
  throw faultImpossible(`${what}: Windows cannot stop a process for a while`, 'use kill and restart instead');
}
