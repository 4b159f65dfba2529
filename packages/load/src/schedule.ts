/** An open-loop schedule: slot k is due at k / rate seconds, whatever became of the slots before. */
export interface Schedule {
  /** The times (milliseconds from the start) of slots that became due since the last call. */
  due(elapsedMs: number): readonly number[];
  readonly slotCount: number;
}

/** `rate` slots a second for `durationMs`. */
export function createSchedule(rate: number, durationMs: number): Schedule {
  const slotCount = Math.floor((rate * durationMs) / 1_000);
  let next = 0;
  return {
    slotCount,
    due(elapsedMs) {
      const slots: number[] = [];
      while (next < slotCount && (next * 1_000) / rate <= elapsedMs) slots.push((next++ * 1_000) / rate);
      return slots;
    },
  };
}
