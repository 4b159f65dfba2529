import type { CaseContext, FaultCase } from '../fault-case.ts';
import { elapse, type Stretch } from '../head-watch.ts';
import type { NetworkUnderFault } from '../network-under-fault.ts';

const WRONG = 3;
/** What may still be decided of a proposal that was made before the clock was set. */
const LATE_MS = 1_500;

/** Case 11: one clock is 5 s ahead, 5 s behind, and goes 1 % too fast. */
export const wrongClock: FaultCase = {
  number: 11,
  title: 'one clock +5 s, -5 s, 1 % fast',
  async run(context) {
    const { watch, figures } = context;
    for (const offset of ['+5s', '-5s']) await setWrong(context, offset);
    await drift(context);
    const times = [...watch.blocks().values()].sort((left, right) => left.number - right.number);
    const backward = times.filter(
      ({ timestampMs }, index) => index > 0 && timestampMs <= (times[index - 1]?.timestampMs ?? 0),
    );
    figures.mustBe('header times that do not rise', backward.length, 0);
  },
};

async function setWrong({ network, watch, figures, scale }: CaseContext, change: string): Promise<void> {
  await network.fault('clock', { validator: String(WRONG), change });
  const wrong = await elapse(scale.ms(30, 10));
  await network.fault('heal');
  figures.tookAtMost(`${change}: mean interval`, watch.meanIntervalMs(wrong), 900);
  const own = blocksOf(network, { fromMs: wrong.fromMs + LATE_MS, toMs: wrong.toMs });
  figures.mustBe(`${change}: blocks with its time`, own, 0);
}

/** 1 % of 40 s is less than the precision of 500 ms. */
async function drift({ network, watch, figures, scale }: CaseContext): Promise<void> {
  await network.fault('clock', { validator: String(WRONG), change: '+1%' });
  const drifting = await elapse(scale.ms(40, 10));
  await network.fault('heal');
  figures.tookAtMost('1 %: mean interval', watch.meanIntervalMs(drifting), 700);
  figures.measuredAtLeast('1 %: its blocks within the precision', blocksOf(network, drifting), 1);
}

/** Blocks of the validator whose clock is wrong that were first seen within a stretch. */
function blocksOf(network: NetworkUnderFault, stretch: Stretch): number {
  return network.watch.blocksIn(stretch).filter(({ miner }) => network.indexOfMiner(miner) === WRONG).length;
}
