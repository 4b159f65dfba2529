import type { FaultCase } from '../fault-case.ts';
import { floodTransactions } from '../flood.ts';
import { elapse } from '../head-watch.ts';
import { readsAnswered } from '../standstill.ts';

const HEAP_MIB = 256;

/** Case 24, the half about memory: small heaps, and more transactions than the pools hold. */
export const memoryPressure: FaultCase = {
  number: 24,
  title: `heap of ${HEAP_MIB} MB, 5,000 transactions a second`,
  // Small blocks, so that it is the pool that fills and not the processor.
  setup: {
    flags: ['--gas-limit', '6000000', '--elasticity', '1'],
    env: { NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB}` },
  },
  async run({ network, watch, figures, scale }) {
    const pids = network.all.map((index) => network.pid(index));
    const lengthMs = scale.ms(30, 8);
    const fromMs = performance.now();
    const [flood, reads] = await Promise.all([
      floodTransactions(network, { perSecond: 5_000, lengthMs }),
      readsAnswered(network, network.all, lengthMs),
    ]);
    figures.tell('offered', flood.offered);
    figures.tell('taken', flood.taken);
    figures.tell('refused with a JSON-RPC error', flood.refused);
    figures.mustBe('requests without an answer', flood.unanswered, 0);
    figures.mustBe('reads that were not answered', reads.missed, 0);
    figures.tookAtMost('mean interval', watch.meanIntervalMs({ fromMs, toMs: performance.now() }), 900);
    const ended = network.all.filter((index) => network.pid(index) !== pids[index]);
    figures.mustBe('validators that ended', ended.length, 0);
    await elapse(scale.ms(5, 1));
  },
};
