import type { FaultCase } from '../fault-case.ts';
import { elapse } from '../head-watch.ts';

const LOOKS = 6;

/** Case 0: nothing is done. What the others' figures are to be compared with, and whether this machine can keep time. */
export const calm: FaultCase = {
  number: 0,
  title: 'nothing is done',
  async run({ network, watch, figures, scale }) {
    const fromMs = performance.now();
    for (let look = 1; look <= LOOKS; look++) {
      await elapse(scale.ms(30, 6) / LOOKS);
      figures.tell(`largest resident set after ${look}/${LOOKS}`, Math.max(...network.residentMiB()), 'MiB');
    }
    const stretch = { fromMs, toMs: performance.now() };
    figures.tookAtMost('mean interval', watch.meanIntervalMs(stretch), 600);
    figures.tookAtMost('longest gap', watch.longestGapMs(stretch), 1_000);
  },
};
