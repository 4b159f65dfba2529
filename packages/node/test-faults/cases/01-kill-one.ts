import type { FaultCase } from '../fault-case.ts';
import { elapse } from '../head-watch.ts';
import { recovered } from '../recovery.ts';

/** Case 1: one of four is killed and comes back. */
export const killOne: FaultCase = {
  number: 1,
  title: 'one of four killed, back later',
  async run({ network, watch, figures, scale }) {
    const [victim, others] = [3, [0, 1, 2]];
    await network.kill(victim);
    const down = await elapse(scale.ms(60, 8));
    figures.tookAtMost('longest gap without it', watch.longestGapMs(down, others), 2_000);
    figures.tookAtMost('mean interval without it', watch.meanIntervalMs(down, others), 900);
    const startedMs = await network.restart(victim);
    figures.tookAtMost('start to voting again', await recovered(network, victim, startedMs), 5_000);
  },
};
