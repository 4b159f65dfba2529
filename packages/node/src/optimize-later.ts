import { setFlagsFromString } from 'node:v8';

/** Bytes of bytecode between two looks at whether a function is hot: V8's own, and eight times as many. */
const USUAL_BUDGET = 67_584;
const PATIENT_BUDGET = 8 * USUAL_BUDGET;
/** From this version on V8 has no such flag. */
const FIRST_WITHOUT_FLAG = 12;
/** A validator that starts again is at the head, and votes, long before. */
const PATIENT_MS = 20_000;

/**
 * Lets V8 wait longer before it optimizes a function, in all threads, while the process is young. A node that starts runs
 * much code a little, in four threads that compile each for itself, and often on few cores beside other nodes: optimizing
 * all of that took a third of the processor time up to its first vote
 * (docs/decisions/041-optimized-later-at-first.md).
 */
export function optimizeLaterAtFirst(): void {
  if (Number.parseInt(process.versions.v8, 10) >= FIRST_WITHOUT_FLAG) return;
  setBudget(PATIENT_BUDGET);
  setTimeout(() => setBudget(USUAL_BUDGET), PATIENT_MS).unref();
}

function setBudget(bytes: number): void {
  setFlagsFromString(`--interrupt-budget=${bytes}`);
}
