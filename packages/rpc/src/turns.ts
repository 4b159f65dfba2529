/** Long requests of all clients take turns on the thread, so that short ones pass between them. */
export interface Turns {
  /** Waits until everything else that is ready has had its turn. */
  next(): Promise<void>;
  /** A round of those that wait takes longer than it may: nothing long should be begun. */
  readonly isOverloaded: boolean;
}

/** Nobody waits yet. `turnMs`: how long a round may take. */
export function createTurns(turnMs: number): Turns {
  let waiting = 0;
  let lastRoundMs = 0;
  return {
    get isOverloaded() {
      return waiting > 0 && lastRoundMs > turnMs;
    },
    next() {
      waiting++;
      const startMs = performance.now();
      return new Promise((resolve) => {
        setImmediate(() => {
          waiting--;
          lastRoundMs = performance.now() - startMs;
          resolve();
        });
      });
    },
  };
}
