import type { FaultCase } from '../fault-case.ts';
import { elapse } from '../head-watch.ts';
import type { NetworkUnderFault } from '../network-under-fault.ts';
import { processorMs } from '../process-figures.ts';

/** Case 10: messages of every link arrive in random order and three times. */
export const disorder: FaultCase = {
  number: 10,
  title: 'reordered (window 20) and three times',
  async run({ network, watch, figures, scale }) {
    const lengthMs = scale.ms(20, 6);
    const calm = await spent(network, lengthMs);
    await network.fault('reorder', { links: 'all', window: '20' });
    await network.fault('duplicate', { links: 'all', times: '3' });
    const fromMs = performance.now();
    const disturbed = await spent(network, lengthMs);
    figures.tookAtMost('mean interval', watch.meanIntervalMs({ fromMs, toMs: performance.now() }), 700);
    figures.measuredAtMost('processor time against before', disturbed / calm, 2, 'x');
    await network.fault('heal');
  },
};

/** Processor time that all validators take within `lengthMs`. */
async function spent(network: NetworkUnderFault, lengthMs: number): Promise<number> {
  const sum = () => network.all.reduce((total, index) => total + (processorMs(network.pid(index) ?? 0) ?? 0), 0);
  const before = sum();
  await elapse(lengthMs);
  return sum() - before;
}
