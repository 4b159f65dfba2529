import type { FaultCase } from '../fault-case.ts';
import { PATIENCE_MS } from '../network-under-fault.ts';
import { standstill } from '../standstill.ts';
import { roundsBegun } from '../wire-audit.ts';

const PARTITIONS = ['0,1/2,3', '0,2/1,3', '0,3/1,2'];
/** Without a majority of any kind no timer may begin a round; votes that were under way may. */
const MAX_ROUNDS = 3;

/** Case 5: no side of a partition has a majority. */
export const partitionInHalves: FaultCase = {
  number: 5,
  title: 'partition 2/2',
  async run({ network, watch, figures, scale }) {
    const took: number[] = [];
    let blocks = 0;
    let rounds = 0;
    for (let turn = 0; turn < scale.times(5, 1); turn++) {
      await network.fault('partition', { groups: PARTITIONS[turn % PARTITIONS.length] ?? '' });
      const from = Date.now();
      blocks += await standstill(watch, network.all, scale.ms(30, 5));
      rounds = Math.max(rounds, roundsBegun(network.wireLogFolder, { from, to: Date.now() }));
      await network.fault('heal');
      took.push(await watch.timeToBlockMs(performance.now(), network.all, PATIENCE_MS));
      await watch.allReach(watch.head() + 2, network.all, PATIENCE_MS);
    }
    figures.mustBe('blocks while divided', blocks, 0);
    figures.mustBeAtMost('rounds begun while divided', rounds, MAX_ROUNDS);
    figures.tookAtMost('heal to a block on all, worst', Math.max(...took), 3_000);
  },
};
