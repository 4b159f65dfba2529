import { waitFor } from '@heddle/testkit';
import type { CaseContext, FaultCase } from '../fault-case.ts';
import { elapse } from '../head-watch.ts';
import { PATIENCE_MS } from '../network-under-fault.ts';
import { readsAnswered } from '../standstill.ts';

/** Case 6: each validator in turn is cut off from the three others. */
export const partitionOfOne: FaultCase = {
  number: 6,
  title: 'partition 3/1, each one in turn',
  async run(context) {
    const { network, figures, scale } = context;
    const turns: Turn[] = [];
    for (const minority of network.all.slice(0, scale.times(4, 1))) turns.push(await cutOff(context, minority));
    const worst = (of: (turn: Turn) => number) => Math.max(...turns.map(of));
    figures.tookAtMost(
      'mean interval of the majority, worst',
      worst(({ meanMs }) => meanMs),
      900,
    );
    figures.mustBe(
      'reads that the minority did not answer',
      worst(({ missed }) => missed),
      0,
    );
    figures.mustBe(
      'blocks of the minority',
      worst(({ blocks }) => blocks),
      0,
    );
    figures.tookAtMost(
      'minority says that it is not ready, worst',
      worst(({ notReadyMs }) => notReadyMs),
      5_000,
    );
    figures.tookAtMost(
      'heal to caught up, worst',
      worst(({ caughtUpMs }) => caughtUpMs),
      5_000,
    );
  },
};

interface Turn {
  readonly meanMs: number;
  readonly missed: number;
  readonly blocks: number;
  readonly notReadyMs: number;
  readonly caughtUpMs: number;
}

async function cutOff({ network, watch, scale }: CaseContext, minority: number): Promise<Turn> {
  const majority = network.all.filter((index) => index !== minority);
  await network.fault('partition', { groups: `${majority.join(',')}/${minority}` });
  const cutMs = performance.now();
  const lengthMs = scale.ms(60, 8);
  const [cut, { missed }, notReadyMs] = await Promise.all([
    elapse(lengthMs),
    readsAnswered(network, [minority], lengthMs),
    notReady(network.url(minority), cutMs),
  ]);
  const meanMs = watch.meanIntervalMs(cut, majority);
  const late = watch.timesIn({ fromMs: cut.fromMs + 1_000, toMs: cut.toMs }, [minority]);
  await watch.goOn(cut, majority, PATIENCE_MS);
  const head = watch.head();
  await network.fault('heal');
  const healedMs = performance.now();
  const caughtUpMs = (await watch.allReach(head, [minority], PATIENCE_MS)) - healedMs;
  await watch.allReach(watch.head() + 2, network.all, PATIENCE_MS);
  return { meanMs, missed, blocks: late.length, notReadyMs, caughtUpMs };
}

/** Milliseconds from `sinceMs` until a node no longer claims to answer for the chain. */
async function notReady(url: string, sinceMs: number): Promise<number> {
  const look = async () => (await fetch(`${url}/ready`, { signal: AbortSignal.timeout(2_000) })).status !== 200;
  await waitFor(look, { what: `${url} to be not ready`, timeoutMs: PATIENCE_MS, everyMs: 100 });
  return performance.now() - sinceMs;
}
