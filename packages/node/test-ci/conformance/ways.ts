import { namedEngine } from '@heddle/executor';
import type { EngineName } from '@heddle/primitives';
import { type Random, withCodesHotFrom } from '@heddle/testkit';
import { expect } from 'vitest';
import type { blockTests } from '../../src/conformance/block-test.ts';
import { fixtureFiles } from '../../src/conformance/fixture-files.ts';
import { runCases } from '../../src/conformance/run-cases.ts';
import { createSpeculation, type SpeculationCounts } from '../../src/foreign/speculation.ts';
import { sampleCases } from './sample-cases.ts';

/** How official cases are executed: plainly, or with so many workers, each transaction ahead of its turn first. */
export interface Way {
  readonly engine: EngineName;
  readonly workers?: number;
  /** The EVM runs codes in cells from the first run on (plainly alone). */
  readonly isHot?: true;
  /** One case in so many; the nightly suite takes all of them. */
  readonly stride: number;
}

/** `way` in words, for the names of tests. */
export function nameOf({ engine, workers, isHot, stride }: Way): string {
  const how = isHot ? 'in cells' : workers === undefined ? 'plainly' : `${workers} workers`;
  return `${engine}, ${how}, one of ${stride}`;
}

/** `way` as the nightly suite goes it, or with the stride that the environment says. */
export function inThisSuite(way: Way, stride: string | undefined): Way {
  if (stride !== undefined) return { ...way, stride: Number(stride) };
  return process.env.HEDDLE_SUITE === 'nightly' ? { ...way, stride: 1 } : way;
}

/**
 * Draws cases of the official set in `folder`, runs them in this way and expects all to pass, and that they ran so. Gives
 * what speculation counted; undefined where they ran plainly.
 */
export async function checkCases(
  casesOf: typeof blockTests,
  folder: string,
  { way: { engine, workers, isHot, stride }, random }: { readonly way: Way; readonly random: Random },
): Promise<SpeculationCounts | undefined> {
  const speculation = workers === undefined ? undefined : await createSpeculation({ engine, workers });
  try {
    const cases = casesOf(fixtureFiles([folder]), namedEngine(engine), speculation);
    const lines: string[] = [];
    const run = () => runCases(sampleCases(cases, stride, random), {}, (line) => void lines.push(line));
    const summary = await (isHot ? withCodesHotFrom(0, run) : run());
    expect(lines.filter((line) => JSON.parse(line).pass === false)).toEqual([]);
    console.log(JSON.stringify(summary));
    expect(summary.passed).toBeGreaterThan(0);
    if (speculation === undefined) return undefined;
    const counts = speculation.counts();
    console.log(JSON.stringify(counts));
    expect(counts.speculativeRuns).toBeGreaterThanOrEqual(counts.transactions);
    expect(counts.transactions).toBeGreaterThan(0);
    expect(counts.publishedVersions).toBeGreaterThan(0);
    return counts;
  } finally {
    await speculation?.close();
  }
}
