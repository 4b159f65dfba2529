import type { CaseContext, FaultCase } from '../fault-case.ts';
import { elapse } from '../head-watch.ts';
import { PATIENCE_MS } from '../network-under-fault.ts';
import { standstill } from '../standstill.ts';
import { saidBy } from '../wire-audit.ts';

/** Case 4: SIGSTOP of one, of whose turn it is to propose, and of two. */
export const stopProcesses: FaultCase = {
  number: 4,
  title: 'SIGSTOP of one, of the proposer, of two',
  async run(context) {
    await stopOne(context, { what: 'one stopped', victim: 3, lengthMs: context.scale.ms(20, 4) });
    const victim = nextProposer(context);
    await stopOne(context, { what: 'proposer stopped', victim, lengthMs: context.scale.ms(20, 4) });
    await stopTwo(context, context.scale.ms(20, 4));
  },
};

async function stopOne(
  { network, watch, figures }: CaseContext,
  { what, victim, lengthMs }: { readonly what: string; readonly victim: number; readonly lengthMs: number },
): Promise<void> {
  const others = network.all.filter((index) => index !== victim);
  network.freeze(victim);
  const stopped = await elapse(lengthMs);
  figures.tookAtMost(`${what}: longest gap`, watch.longestGapMs(stopped, others), 2_000);
  figures.tookAtMost(`${what}: mean interval`, watch.meanIntervalMs(stopped, others), 900);
  await watch.goOn(stopped, others, PATIENCE_MS);
  const head = watch.head(others);
  const [thawedMs, thawedAt] = [performance.now(), Date.now()];
  network.thaw(victim);
  figures.tookAtMost(`${what}: caught up`, (await watch.allReach(head, [victim], PATIENCE_MS)) - thawedMs, 3_000);
  await watch.allReach(watch.head() + 1, network.all, PATIENCE_MS);
  // What it votes for a block, it was executing when it was stopped. Only a timer makes it vote for nothing.
  const late = saidBy(network.wireLogFolder, network.address(victim)).filter(
    ({ at, message }) => at >= thawedAt && message.height <= head && 'kind' in message && message.blockId === undefined,
  );
  figures.measuredAtMost(`${what}: votes of stale timers on heights long decided`, late.length, 0);
}

async function stopTwo({ network, watch, figures }: CaseContext, lengthMs: number): Promise<void> {
  const victims = [1, 2];
  const others = [0, 3];
  for (const victim of victims) network.freeze(victim);
  figures.mustBe('two stopped: blocks without a majority', await standstill(watch, others, lengthMs), 0);
  const thawedMs = performance.now();
  for (const victim of victims) network.thaw(victim);
  figures.tookAtMost('two stopped: block on all', await watch.timeToBlockMs(thawedMs, network.all, PATIENCE_MS), 3_000);
}

/** The validator whose turn comes next, when all have the same stake and take turns. */
function nextProposer({ network, watch }: CaseContext): number {
  const block = watch.blocks().get(watch.head() + 1 - network.all.length);
  return Math.max(network.indexOfMiner(block?.miner ?? ''), 0);
}
