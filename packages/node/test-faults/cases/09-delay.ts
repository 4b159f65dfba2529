import type { CaseContext, FaultCase } from '../fault-case.ts';
import { elapse } from '../head-watch.ts';
import { roundsBegun } from '../wire-audit.ts';

/** Case 9: everything arrives late on every link, by 200 ms and by a second, give or take a fifth. */
export const delay: FaultCase = {
  number: 9,
  title: 'delay of 200 ms and of 1 s, jitter 20 %',
  async run(context) {
    const { network, watch, figures, scale } = context;
    await slowDown(context, { delayMs: 200, lengthMs: scale.ms(30, 8), limitMs: 1_300 });
    await slowDown(context, { delayMs: 1_000, lengthMs: scale.ms(60, 15), limitMs: 6_000 });
    await elapse(5_000);
    const after = await elapse(scale.ms(10, 4));
    figures.tookAtMost('mean interval from 5 s after it', watch.meanIntervalMs(after), 600);
    figures.mustBeAtLeast('blocks after it', watch.timesIn(after, network.all).length, 1);
  },
};

async function slowDown(
  { network, watch, figures }: CaseContext,
  { delayMs, lengthMs, limitMs }: { readonly delayMs: number; readonly lengthMs: number; readonly limitMs: number },
): Promise<void> {
  await network.fault('delay', { links: 'all', delay: `${delayMs}ms`, jitter: `${delayMs / 5}ms` });
  const from = Date.now();
  const slow = await elapse(lengthMs);
  await network.fault('heal');
  figures.tookAtMost(`${delayMs} ms: mean interval`, watch.meanIntervalMs(slow), limitMs);
  figures.tell(
    `${delayMs} ms: rounds begun in a height, at most`,
    roundsBegun(network.wireLogFolder, { from, to: Date.now() }),
  );
}
