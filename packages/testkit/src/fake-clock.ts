/** A clock that a test moves by hand: nothing fires unless {@link FakeClock.advance} is called. */
export interface FakeClock {
  /** Milliseconds since the start that the test chose. */
  now(): number;
  /** Calls `callback` once the clock has moved by `delayMs`. Returns the way to call it off. */
  schedule(delayMs: number, callback: () => void): () => void;
  /** Moves the time forward, firing what falls due in order of time, then of scheduling. */
  advance(ms: number): void;
  /** How many callbacks wait. */
  pendingCount(): number;
}

/** A fake clock that stands at `startMs`. */
export function createFakeClock(startMs = 0): FakeClock {
  let nowMs = startMs;
  let sequence = 0;
  const waiting = new Map<number, { readonly dueMs: number; readonly callback: () => void }>();
  const nextDue = (untilMs: number): number | undefined => {
    let earliest: number | undefined;
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const [id, { dueMs }] of waiting) {
      if (dueMs <= untilMs && dueMs < earliestMs) [earliest, earliestMs] = [id, dueMs];
    }
    return earliest;
  };
  return {
    now: () => nowMs,
    schedule(delayMs, callback) {
      const id = sequence++;
      waiting.set(id, { dueMs: nowMs + delayMs, callback });
      return () => waiting.delete(id);
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      for (let id = nextDue(untilMs); id !== undefined; id = nextDue(untilMs)) {
        const entry = waiting.get(id);
        waiting.delete(id);
        nowMs = Math.max(nowMs, entry?.dueMs ?? nowMs);
        entry?.callback();
      }
      nowMs = untilMs;
    },
    pendingCount: () => waiting.size,
  };
}
