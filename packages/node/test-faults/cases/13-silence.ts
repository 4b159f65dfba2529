import type { CaseContext, FaultCase } from '../fault-case.ts';
import { elapse } from '../head-watch.ts';
import { PATIENCE_MS } from '../network-under-fault.ts';

const SILENT = 3;

/** Case 13 without jailing, which waits for the staking contract: one is connected and never votes, or votes late. */
export const silence: FaultCase = {
  number: 13,
  title: 'a silent validator, a late voter',
  async run(context) {
    for (const behaviour of ['silent', 'late']) await keepBack(context, behaviour);
  },
};

async function keepBack({ network, watch, figures, scale }: CaseContext, behaviour: string): Promise<void> {
  await network.fault('byzantine', { validator: String(SILENT), behaviour });
  const others = network.all.filter((index) => index !== SILENT);
  const quiet = await elapse(scale.ms(30, 8));
  await watch.goOn(quiet, others, PATIENCE_MS);
  await network.fault('heal');
  figures.tookAtMost(`${behaviour}: longest gap`, watch.longestGapMs(quiet, others), 2_000);
  figures.tookAtMost(`${behaviour}: mean interval`, watch.meanIntervalMs(quiet, others), 900);
}
