import type { BlockFigures, ParallelismBound } from './figures.ts';

/** What is known of a block that ran plainly. */
export interface SerialRun extends Pick<BlockFigures, 'engine' | 'transactionCount' | 'wallMs'> {
  readonly gas: number;
}

/** Plain execution does not know what depends on what: it claims no parallelism. */
export function serialFigures({ gas, ...figures }: SerialRun): BlockFigures {
  const { transactionCount, wallMs } = figures;
  const serial = (t1: number): ParallelismBound => {
    return { t1, tInf: t1, bound: { 2: 1, 4: 1, 8: 1, 16: 1, unlimited: 1 } };
  };
  return {
    ...figures,
    workers: 1,
    byGas: serial(gas),
    byTime: serial(wallMs),
    runsPerWorker: [transactionCount],
    incarnations: transactionCount,
    reExecutions: 0,
    hot: [],
  };
}
