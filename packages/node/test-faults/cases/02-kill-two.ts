import type { FaultCase } from '../fault-case.ts';
import { elapse } from '../head-watch.ts';
import { PATIENCE_MS } from '../network-under-fault.ts';
import { readsAnswered, standstill } from '../standstill.ts';

/** Case 2: two of four are killed, so that no block can be decided, and come back. */
export const killTwo: FaultCase = {
  number: 2,
  title: 'two of four killed, back together',
  async run({ network, watch, figures, scale }) {
    const [victims, others] = [
      [2, 3],
      [0, 1],
    ];
    await network.kill(...victims);
    const lengthMs = scale.ms(30, 6);
    const [stood, answered] = await Promise.all([
      standstill(watch, others, lengthMs),
      readsAnswered(network, others, lengthMs),
    ]);
    figures.mustBe('blocks without a majority', stood, 0);
    figures.mustBe('reads that were not answered', answered.missed, 0);
    const { startedMs, listeningMs } = await network.restart(...victims);
    const took = await watch.timeToBlockMs(listeningMs, network.all, PATIENCE_MS);
    figures.tookAtMost('last one listening to a block on all', took, 3_000);
    figures.tell('the same from the command to start them', performance.now() - startedMs, 'ms');
    await elapse(scale.ms(3, 1));
  },
};
