import type { BlockFigures, HotLocation } from '@heddle/executor';
import type { Hash } from '@heddle/primitives';
import type { BlockSummary } from './main-boundary.ts';

/** The block's line: what was executed here, and how parallel it could have been. */
export function summarize(
  block: { readonly number: number; readonly hash: Hash; readonly round: number; readonly gasUsed: bigint },
  figures: BlockFigures,
): BlockSummary {
  const { transactionCount, wallMs, reExecutions, byGas, hot } = figures;
  return {
    number: block.number,
    hash: block.hash,
    round: block.round,
    transactionCount,
    gasUsed: block.gasUsed,
    executionMs: wallMs,
    reExecutions,
    speedUpOn8: transactionCount === 0 ? 0 : byGas.bound[8],
    limitedBy: limitingLocation(hot),
  };
}

/** The location that gains most when it is gone, in words; undefined when none gains anything. */
function limitingLocation(hot: readonly HotLocation[]): string | undefined {
  const [hottest] = hot;
  if (!hottest || hottest.gain <= 0) return undefined;
  const { address, kind, slot } = hottest;
  return slot === undefined ? `${address} ${kind}` : `${address} slot ${shortSlot(slot)}`;
}

/** Small slot numbers as such, hashes whole: whoever reads the line looks the slot up. */
function shortSlot(slot: Hash): string {
  return `0x${BigInt(slot).toString(16)}`;
}

/** The JSON-ready answer of `heddle_getBlockParallelism`. */
export type ParallelismRecord = Readonly<Record<string, unknown>>;

/** What is kept of a block's figures for whoever asks later. */
export function parallelismRecord(
  block: { readonly number: number; readonly hash: Hash },
  figures: BlockFigures,
): ParallelismRecord {
  const { engine, workers, byGas, byTime, runsPerWorker, incarnations, reExecutions, hot } = figures;
  const { number, hash } = block;
  const locations = hot.map(({ address, kind, slot, reExecutions: lost, gain }) => {
    return { address, kind, slot: slot ?? null, reExecutions: lost, gain };
  });
  return { number, hash, engine, workers, byGas, byTime, runsPerWorker, incarnations, reExecutions, hot: locations };
}
