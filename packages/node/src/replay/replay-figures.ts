import { type BlockAccesses, blockLimits } from '@heddle/executor';
import { assert } from '@heddle/primitives';
import type { Measurements } from './measurements.ts';
import type { ReplayFigures } from './replay-report.ts';

/** How parallel the block could be, and how it went here. */
export function measuredFigures(
  { plainMs: plain, oneWorker, parallel, last }: Measurements,
  { workers, cores }: { readonly workers: number; readonly cores: number },
): ReplayFigures {
  const { accesses } = last;
  assert(accesses !== undefined, 'each run tells what transactions accessed');
  const limits = blockLimits({ ...accesses, transactions: timedAlone(accesses, oneWorker) });
  const plainMs = median(plain);
  const oneWorkerMs = median(oneWorker.map(({ wallMs }) => wallMs));
  const parallelMs = median(parallel.map(({ wallMs }) => wallMs));
  const speedup = ratio(plainMs, parallelMs);
  const bound = Math.min(workers, cores, limits.byTime.bound.unlimited);
  return {
    ...limits,
    engine: last.figures.engine,
    workers,
    cores,
    repeats: plain.length,
    plainMs,
    oneWorkerMs,
    parallelMs,
    engineRatio: ratio(plainMs, oneWorkerMs),
    speedup,
    bound,
    score: speedup / bound,
    incarnations: median(parallel.map(({ incarnations }) => incarnations)),
    reExecutions: median(parallel.map(({ reExecutions }) => reExecutions)),
    deferrals: median(parallel.map(({ deferrals }) => deferrals)),
    heaviest: heaviestOf(accesses),
  };
}

/** The same with the medians of the times on one worker: there nobody slows a transaction down, or lets it run again. */
function timedAlone(
  { transactions }: BlockAccesses,
  oneWorker: Measurements['oneWorker'],
): BlockAccesses['transactions'] {
  const timeNs = transactions.timeNs.map((_, place) => median(oneWorker.map((run) => run.timeNs[place] ?? 0)));
  return { ...transactions, timeNs };
}

function heaviestOf({ transactions }: BlockAccesses): ReplayFigures['heaviest'] {
  let heaviest: ReplayFigures['heaviest'];
  for (const [transaction, gas] of transactions.gas.entries()) {
    if (heaviest === undefined || gas > heaviest.gas) heaviest = { transaction, gas };
  }
  return heaviest;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

/** 1 for a block without transactions. */
function ratio(above: number, below: number): number {
  return below === 0 ? 1 : above / below;
}
