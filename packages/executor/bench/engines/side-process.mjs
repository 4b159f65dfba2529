// A process of one side: no engine's compiled code, garbage or memory gets into another's figures. Started and led by
// sides.mjs over the channel between parent and child.
import { createOurSide } from './our-side.mjs';
import { createStockSide } from './stock-side.mjs';

/** Runs in a round at most. */
const MAX_RUNS = 100_000;
let side;
let last;

process.on('message', async (request) => {
  try {
    process.send({ answer: await answers[request.ask](request) });
  } catch (error) {
    process.send({ failed: error?.message ?? String(error) });
  }
});
process.on('disconnect', () => process.exit()); // nobody is left to ask

const answers = {
  /** Sets the side up and runs its workload once. */
  async start({ workload, engine, workers }) {
    side = await (engine === 'stock' ? createStockSide : createOurSide)({ workload, engine, workers });
    const startedMs = performance.now();
    last = await side.run();
    return { proof: await side.proof(last), runMs: performance.now() - startedMs };
  },

  /** Runs until `minimumMs` are over, at least once. */
  async round({ minimumMs }) {
    const runs = [];
    const startedMs = performance.now();
    const before = process.cpuUsage();
    do {
      last = await side.run();
      const { executionMs, blockMs, figures } = last;
      runs.push({ executionMs, blockMs, reExecutions: figures?.reExecutions });
    } while (performance.now() - startedMs < minimumMs && runs.length < MAX_RUNS);
    const { user, system } = process.cpuUsage(before);
    return {
      runs: runs.length,
      executionMs: least(runs.map((run) => run.executionMs)),
      blockMs: least(runs.map((run) => run.blockMs)),
      cpuMs: (user + system) / 1_000,
      reExecutions: mean(runs.map((run) => run.reExecutions)),
      unlimitedBound: last.figures?.byTime.bound.unlimited,
    };
  },

  /** After the last round. */
  async end() {
    const residentBytes = process.memoryUsage().rss;
    const proof = await side.proof(last);
    await side.close();
    setImmediate(() => process.disconnect());
    return { residentBytes, proof };
  },
};

function least(values) {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function mean(values) {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}
