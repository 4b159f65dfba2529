import { waitFor } from '@heddle/testkit';
import type { FaultCase } from '../fault-case.ts';
import { floodTransactions } from '../flood.ts';
import { callWithin } from '../json-rpc.ts';
import { type NetworkUnderFault, PATIENCE_MS } from '../network-under-fault.ts';
import { readsAnswered } from '../standstill.ts';

const HEAP_MIB = 256;
/** So that the pool fills within the flood: a default one holds more than two cores take in by then. */
const POOL_TRANSACTIONS = 5_000;
/** The steady load keeps as many waiting. */
const FEW = 100;

/** Case 24, the half about memory: small heaps, and more transactions than the pools hold. */
export const memoryPressure: FaultCase = {
  number: 24,
  title: `heap of ${HEAP_MIB} MB, 5,000 transactions a second`,
  // Small blocks, so that it is the pool that fills and not the processor.
  setup: {
    flags: ['--gas-limit', '6000000', '--elasticity', '1', '--limit', `pool.transactions=${POOL_TRANSACTIONS}`],
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
    await poolsDrain(network);
  },
};

/** What waits takes memory by right: the judge looks at what is left once all of it is in blocks. */
async function poolsDrain(network: NetworkUnderFault): Promise<void> {
  for (const index of network.all) {
    const isDrained = async () => {
      const { pending } = await callWithin(5_000, network.url(index), 'txpool_status', []);
      return Number(pending) < FEW;
    };
    await waitFor(isDrained, {
      what: `the end of the flood in the pool of validator ${index}`,
      timeoutMs: 4 * PATIENCE_MS,
    });
  }
}
