import type { CaseContext, FaultCase } from '../fault-case.ts';
import { elapse } from '../head-watch.ts';
import { PATIENCE_MS } from '../network-under-fault.ts';
import { openFiles } from '../process-figures.ts';
import { recovered } from '../recovery.ts';

const KILL_EVERY_MS = 2_000;
/** Files and sockets that a validator may have open beyond those of its first seconds. */
const FILES_MORE = 30;

/** Case 21: at any time one validator is being killed and started again; then any number of them. */
export const restartStorm: FaultCase = {
  number: 21,
  title: 'restart storm: one at a time, then any number',
  async run(context) {
    const { network, watch, figures, random, scale } = context;
    const before = await filesOpen(context);
    const [storm, kills] = [await elapse(0), { count: 0 }];
    const endMs = performance.now() + scale.ms(180, 15);
    while (performance.now() < endMs) {
      const index = random.pick(network.all);
      await network.kill(index);
      kills.count++;
      await Promise.all([network.restart(index), elapse(KILL_EVERY_MS)]);
    }
    const toMs = performance.now();
    figures.tell('kills, one at a time', kills.count);
    // 60 blocks in three minutes.
    const least = Math.round((60 * (toMs - storm.fromMs)) / 180_000);
    figures.measuredAtLeast('blocks meanwhile', watch.timesIn({ fromMs: storm.fromMs, toMs }).length, least);
    for (let turn = 0; turn < scale.times(4, 1); turn++) await killSome(context);
    await Promise.all(network.all.map((index) => recovered(network, index, performance.now())));
    figures.measuredAtMost('open files beyond the first seconds', (await filesOpen(context)) - before, FILES_MORE);
  },
};

/** Any number of validators down together. */
async function killSome({ network, watch, figures, random }: CaseContext): Promise<void> {
  const victims = random.shuffle(network.all).slice(0, random.int(2, network.all.length));
  await network.kill(...victims);
  await elapse(random.int(0, KILL_EVERY_MS));
  const { listeningMs } = await network.restart(...victims);
  const took = await watch.timeToBlockMs(listeningMs, network.all, PATIENCE_MS);
  figures.tookAtMost(`${victims.length} down: last one listening to a block on all`, took, 5_000);
}

/** Of the validator that has most. */
async function filesOpen({ network }: CaseContext): Promise<number> {
  return Math.max(...network.all.map((index) => openFiles(network.pid(index) ?? 0) ?? 0));
}
