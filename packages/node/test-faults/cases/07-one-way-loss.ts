import type { CaseContext, FaultCase } from '../fault-case.ts';
import { elapse } from '../head-watch.ts';
import { PATIENCE_MS } from '../network-under-fault.ts';

/** Case 7: messages of one link are lost in one direction for good; then those of a ring of links. */
export const oneWayLoss: FaultCase = {
  number: 7,
  title: 'one-way loss: 0 to 1, then a ring',
  async run(context) {
    await lose(context, '0 cannot send to 1', '0>1');
    await lose(context, 'ring', '0>1,1>2,2>3,3>0');
  },
};

async function lose({ network, watch, figures, scale }: CaseContext, what: string, links: string): Promise<void> {
  await network.fault('loss', { links, share: '100%' });
  const before = await connectionsMade(network.all.map((index) => network.url(index)));
  const lost = await elapse(scale.ms(30, 5));
  const after = await connectionsMade(network.all.map((index) => network.url(index)));
  figures.tookAtMost(`${what}: mean interval`, watch.meanIntervalMs(lost), 700);
  const pairs = (network.all.length * (network.all.length - 1)) / 2;
  const perSecond = (after - before) / pairs / ((lost.toMs - lost.fromMs) / 1_000);
  figures.measuredAtMost(`${what}: reconnects a second and pair`, perSecond, 1);
  await watch.goOn(lost, network.all, PATIENCE_MS);
  await network.fault('heal');
}

/** Connections that the nodes have made since their start, all together. */
async function connectionsMade(urls: readonly string[]): Promise<number> {
  const texts = await Promise.all(urls.map(async (url) => (await fetch(`${url}/metrics`)).text()));
  const counts = texts.map((text) => Number(/^heddle_p2p_connections_total (\d+)/m.exec(text)?.[1] ?? Number.NaN));
  return counts.reduce((sum, count) => sum + count, 0);
}
