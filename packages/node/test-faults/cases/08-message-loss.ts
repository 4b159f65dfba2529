import type { CaseContext, FaultCase } from '../fault-case.ts';
import { elapse } from '../head-watch.ts';
import { PATIENCE_MS } from '../network-under-fault.ts';
import { deliveryTimesMs } from '../wire-audit.ts';

/** Case 8: every link loses a share of its messages. */
export const messageLoss: FaultCase = {
  number: 8,
  title: 'loss of 10 % and of 30 % of messages',
  async run(context) {
    await lose(context, 10, 900);
    await lose(context, 30, 2_000);
  },
};

async function lose({ network, watch, figures, scale }: CaseContext, percent: number, limitMs: number): Promise<void> {
  await network.fault('loss', { links: 'all', share: `${percent}%` });
  const from = Date.now();
  const lossy = await elapse(scale.ms(60, 8));
  figures.tookAtMost(`${percent} %: mean interval`, watch.meanIntervalMs(lossy), limitMs);
  const times = deliveryTimesMs(network.wireLogFolder, { from, to: Date.now() });
  // Of all that arrived as many as are never lost arrive at once: what matters is the end of the distribution.
  const typicalOfLost = times[Math.floor(times.length * (1 - percent / 200))] ?? Infinity;
  figures.tookAtMost(`${percent} %: a lost vote is repaired, median`, typicalOfLost, 300);
  await watch.goOn(lossy, network.all, PATIENCE_MS);
  await network.fault('heal');
}
