import type { CaseContext, FaultCase } from '../fault-case.ts';
import { elapse } from '../head-watch.ts';

/** Case 19: each sync takes 200 ms or a second longer on one validator, then 200 ms on all. */
export const slowDisk: FaultCase = {
  number: 19,
  title: 'slow disk: one +200 ms, one +1 s, all +200 ms',
  async run(context) {
    await slow(context, { what: 'one +200 ms', nodes: [3], delay: '200ms', limitMs: 900 });
    await slow(context, { what: 'one +1 s', nodes: [3], delay: '1s', limitMs: 900 });
    await slow(context, { what: 'all +200 ms', nodes: context.network.all, delay: '200ms', limitMs: 2_000 });
  },
};

async function slow(
  { network, watch, figures, scale }: CaseContext,
  fault: { readonly what: string; readonly nodes: readonly number[]; readonly delay: string; readonly limitMs: number },
): Promise<void> {
  const { what, nodes, delay, limitMs } = fault;
  for (const index of nodes) await network.fault('disk', { validator: String(index), delay });
  const slowed = await elapse(scale.ms(20, 8));
  await network.fault('heal');
  figures.tookAtMost(`${what}: mean interval`, watch.meanIntervalMs(slowed), limitMs);
}
