// From times to the figures that are shown: one row for each side of a workload.

/** Rows of one workload; what cannot be known is null. */
export function rowsOf(workload, measured) {
  const find = (engine, workers) => measured.find((side) => side.engine === engine && side.workers === workers);
  const gas = measured.find(({ gasUsed }) => gasUsed !== undefined)?.gasUsed;
  const transactions = workload.kind === 'block' ? workload.transactions.length : 1;
  return measured.map((side) => {
    const plain = find(side.engine, 'plain');
    const one = find(side.engine, 1);
    const isParallel = typeof side.workers === 'number';
    const wallMs = side.executionMs ?? side.blockMs;
    const speedup = isParallel ? ratio(plain?.executionMs, side.executionMs) : null;
    // Of one worker's run where there is one: transactions do not slow each other down there.
    const bound = isParallel ? boundOf(one ?? side, side.workers) : null;
    return {
      ...{ workload: workload.name, kind: workload.kind, engine: side.engine, workers: side.workers },
      ...{ transactions, gas: gas ?? null, rounds: side.rounds, runs: side.runs },
      executionMs: side.executionMs ?? null,
      blockMs: side.blockMs ?? null,
      cpuMs: side.cpuMs,
      totalCpuMs: side.totalCpuMs,
      transactionsPerSecond: (transactions / wallMs) * 1_000,
      mgasPerSecond: gas === undefined ? null : gas / wallMs / 1_000,
      ...{ speedup, bound, score: ratio(speedup, bound) },
      cpuRatio: isParallel ? ratio(side.cpuMs, plain?.cpuMs) : null,
      engineRatio: side.workers === 1 ? ratio(plain?.executionMs, side.executionMs) : null,
      reExecutions: isParallel ? (side.reExecutions ?? null) : null,
      residentBytes: side.residentBytes,
      againstStock: isOurs(side) ? againstStock(workload, side, find('stock', 'plain')) : null,
      againstAnvil: isOurs(side) ? againstAnvil(workload, side, find('anvil', 'native')) : null,
    };
  });
}

function isOurs({ engine }) {
  return engine !== 'stock' && engine !== 'anvil';
}

/** Stock's processor time against ours; of a block, whose execution has no processor time of its own, our wall time. */
function againstStock({ kind }, side, stock) {
  return ratio(stock?.cpuMs, kind === 'call' ? side.cpuMs : side.executionMs);
}

/** Processor time of a call; wall time of a whole block with its roots. */
function againstAnvil({ kind }, side, anvil) {
  return kind === 'call' ? ratio(anvil?.cpuMs, side.cpuMs) : ratio(anvil?.blockMs, side.blockMs);
}

function boundOf({ unlimitedBound }, workers) {
  return unlimitedBound === undefined ? null : Math.min(workers, unlimitedBound);
}

function ratio(numerator, denominator) {
  return numerator == null || denominator == null || denominator === 0 ? null : numerator / denominator;
}
