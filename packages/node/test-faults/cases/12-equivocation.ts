import type { FaultCase } from '../fault-case.ts';
import { elapse } from '../head-watch.ts';
import { PATIENCE_MS } from '../network-under-fault.ts';

const LIAR = 3;

/** Case 12 without evidence and slashing, which wait for the staking contract: one validator says two things. */
export const equivocation: FaultCase = {
  number: 12,
  title: 'an equivocating validator',
  byzantine: [LIAR],
  async run({ network, watch, figures, scale }) {
    await network.fault('byzantine', { validator: String(LIAR), behaviour: 'equivocate' });
    const lying = await elapse(scale.ms(30, 6));
    await watch.goOn(lying, honest(network.all), PATIENCE_MS);
    await network.fault('heal');
    figures.tookAtMost('mean interval', watch.meanIntervalMs(lying, honest(network.all)), 900);
  },
};

function honest(all: readonly number[]): number[] {
  return all.filter((index) => index !== LIAR);
}
