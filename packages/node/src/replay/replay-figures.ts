import { type BlockAccesses, blockLimits } from '@heddle/executor';
import { assert } from '@heddle/primitives';
import type { Measurements } from './measurements.ts';
import type { ReplayFigures } from './replay-report.ts';

/** How parallel the block could be, and how it went here. */
export function measuredFigures(
  { plain, oneWorker, parallel, result }: Measurements,
  { workers, cores }: { readonly workers: number; readonly cores: number },
): ReplayFigures {
  const { accesses } = result;
  assert(accesses !== undefined, 'each run tells what transactions accessed');
  const limits = blockLimits({ ...accesses, transactions: timedPlainly(accesses, plain) });
  const plainMs = median(plain.map(({ wallMs }) => wallMs));
  const oneWorkerMs = median(oneWorker.map(({ wallMs }) => wallMs));
  const parallelMs = median(parallel.map(({ wallMs }) => wallMs));
  const speedup = ratio(plainMs, parallelMs);
  const bound = Math.min(workers, cores, limits.byTime.bound.unlimited);
  return {
    ...limits,
    engine: result.figures.engine,
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

/** The same with the medians of the times in plain runs: what each transaction costs alone, on final values. */
function timedPlainly({ transactions }: BlockAccesses, plain: Measurements['plain']): BlockAccesses['transactions'] {
  const timeNs = transactions.timeNs.map((_, place) => {
    const ms = median(plain.map(({ transactionMs }) => transactionMs[place] ?? 0));
    return Math.max(1, Math.round(ms * 1e6));
  });
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
