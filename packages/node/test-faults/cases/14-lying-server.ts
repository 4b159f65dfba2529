import type { CaseContext, FaultCase } from '../fault-case.ts';
import { PATIENCE_MS } from '../network-under-fault.ts';
import { recovered } from '../recovery.ts';

const LIAR = 3;
const WIPED = 1;

/** Case 14: a peer serves wrong blocks, cut ones, forged certificates, or drips; a wiped validator syncs all the same. */
export const lyingServer: FaultCase = {
  number: 14,
  title: 'a wiped validator beside a lying block server',
  async run(context) {
    for (const behaviour of ['lie-blocks', 'drip']) await syncBeside(context, behaviour);
  },
};

async function syncBeside({ network, watch, figures, scale }: CaseContext, behaviour: string): Promise<void> {
  await watch.allReach(scale.times(120, 20), network.all, 2 * PATIENCE_MS);
  await network.fault('byzantine', { validator: String(LIAR), behaviour });
  await network.kill(WIPED);
  network.wipe(WIPED);
  const head = watch.head();
  const { startedMs, listeningMs } = await network.restart(WIPED);
  const reachedMs = await watch.allReach(head, [WIPED], 2 * PATIENCE_MS);
  figures.tookAtMost(`${behaviour}: listening to caught up`, reachedMs - listeningMs, 10_000);
  figures.tell(`${behaviour}: blocks it had to fetch`, head);
  figures.tookAtMost(`${behaviour}: start to voting again`, await recovered(network, WIPED, startedMs), 15_000);
  await network.fault('heal');
}
