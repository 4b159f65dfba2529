import { namedEngine } from '@heddle/executor';
import type { EngineName } from '@heddle/primitives';
import { expect } from 'vitest';
import { createSpeculation, type Speculation } from '../../src/foreign/speculation.ts';

/** How official cases are executed: plainly, or with so many workers, each transaction ahead of its turn first. */
export interface Way {
  readonly engine: EngineName;
  readonly workers?: number;
  /** One case in so many; the nightly suite takes all of them. */
  readonly stride: number;
}

/** `way` in words, for the names of tests. */
export function nameOf({ engine, workers, stride }: Way): string {
  return `${engine}, ${workers === undefined ? 'plainly' : `${workers} workers`}, one of ${stride}`;
}

/** `way` as the nightly suite goes it, or with the stride that the environment says. */
export function inThisSuite(way: Way, stride: string | undefined): Way {
  if (stride !== undefined) return { ...way, stride: Number(stride) };
  return process.env.HEDDLE_SUITE === 'nightly' ? { ...way, stride: 1 } : way;
}

/** Calls `use` with what runs cases in this way, and looks whether they ran so. */
export async function go(
  { engine, workers }: Way,
  use: (createEngine: ReturnType<typeof namedEngine>, speculation: Speculation | undefined) => Promise<void>,
): Promise<void> {
  const speculation = workers === undefined ? undefined : await createSpeculation({ engine, workers });
  try {
    await use(namedEngine(engine), speculation);
    if (speculation === undefined) return;
    const counts = speculation.counts();
    console.log(JSON.stringify(counts));
    expect(counts.speculativeRuns).toBeGreaterThanOrEqual(counts.transactions);
    expect(counts.transactions).toBeGreaterThan(0);
  } finally {
    await speculation?.close();
  }
}
