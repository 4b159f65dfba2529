import { waitFor } from '@heddle/testkit';
import type { CaseContext, FaultCase } from '../fault-case.ts';
import { elapse } from '../head-watch.ts';
import { PATIENCE_MS } from '../network-under-fault.ts';
import { recovered } from '../recovery.ts';

/** Case 1: one of four is killed and comes back. */
export const killOne: FaultCase = {
  number: 1,
  title: 'one of four killed, back later',
  async run(context) {
    const { network, watch, figures, scale } = context;
    const [victim, others] = [3, [0, 1, 2]];
    await network.kill(victim);
    const down = await elapse(scale.ms(60, 5));
    figures.tookAtMost('longest gap without it', watch.longestGapMs(down, others), 2_000);
    figures.tookAtMost('mean interval without it', watch.meanIntervalMs(down, others), 900);
    await watch.goOn(down, others, PATIENCE_MS);
    const { startedMs } = await network.restart(victim);
    figures.tookAtMost('start to voting again', await recovered(network, victim, startedMs), 5_000);
    await killByPid(context, victim);
  },
};

/** Nobody says that it is to stay down: its supervisor starts it again, under its old address. */
async function killByPid({ network, figures }: CaseContext, victim: number): Promise<void> {
  const [pid, url] = [network.pid(victim) ?? 0, network.url(victim)];
  const killedMs = performance.now();
  process.kill(pid, 'SIGKILL');
  network.stream.killed(victim);
  const isBack = () => network.pid(victim) !== undefined && network.pid(victim) !== pid;
  await waitFor(isBack, { what: 'the supervisor to start it again', timeoutMs: PATIENCE_MS });
  figures.tell('killed from outside: to voting again', await recovered(network, victim, killedMs), 'ms');
  figures.mustBe('killed from outside: under its old address', network.url(victim) === url ? 1 : 0, 1);
}
