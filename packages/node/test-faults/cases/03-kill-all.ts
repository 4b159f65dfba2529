import type { CaseContext, FaultCase } from '../fault-case.ts';
import { elapse } from '../head-watch.ts';
import { PATIENCE_MS } from '../network-under-fault.ts';
import { boundBlocks } from '../wire-audit.ts';

/** A kill comes so long after a block was seen at most: anywhere in the height after it. */
const WITHIN_MS = 700;
/** Every second time the validators are started one after another within this. */
const STAGGER_MS = 5_000;

/** Case 3: all are killed at once at a random moment, and started together or one after another. */
export const killAll: FaultCase = {
  number: 3,
  title: 'all killed at once, mid-height',
  async run(context) {
    const { network, watch, figures, scale } = context;
    const took: number[] = [];
    for (let turn = 0; turn < scale.times(5, 1); turn++) {
      took.push(await killAndStart(context, { staggerMs: turn % 2 === 0 ? 0 : STAGGER_MS }));
    }
    await killEverything(context);
    figures.tookAtMost('third start to a block, worst', Math.max(...took), 5_000);
    const lost = [...boundBlocks(network.wireLogFolder, network.all.length)].filter(([height, blocks]) =>
      [...blocks].some((blockId) => blockId !== (watch.blocks().get(height)?.hash ?? blockId)),
    );
    figures.mustBe('heights at which a precommitted block lost to another', lost.length, 0);
  },
};

/** The supervisor dies as well; the whole devnet is started anew. */
async function killEverything({ network, watch, figures, random }: CaseContext): Promise<void> {
  await watch.allReach(watch.head() + 1, network.all, PATIENCE_MS);
  await elapse(random.int(0, WITHIN_MS));
  await network.killSupervisorAndAll();
  const head = watch.head();
  const startedMs = performance.now();
  await network.startAgain();
  const tookMs = (await watch.allReach(head + 1, network.all, PATIENCE_MS)) - startedMs;
  figures.tell('supervisor killed too: its start to a block on all', tookMs, 'ms');
}

/** Milliseconds from the third start to a new block on the first three. */
async function killAndStart(
  { network, watch, random }: CaseContext,
  { staggerMs }: { readonly staggerMs: number },
): Promise<number> {
  await watch.allReach(watch.head() + 1, network.all, PATIENCE_MS);
  await elapse(random.int(0, WITHIN_MS));
  await network.kill(...network.all);
  const head = watch.head();
  const delays = network.all.map(() => random.int(0, staggerMs)).sort((left, right) => left - right);
  const order = random.shuffle(network.all);
  const beganMs = performance.now();
  const starts = order.map(async (index, turn) => {
    await elapse(delays[turn] ?? 0);
    await network.restart(index);
  });
  const took = (await watch.allReach(head + 1, order.slice(0, 3), PATIENCE_MS)) - beganMs - (delays[2] ?? 0);
  await Promise.all(starts);
  await watch.allReach(head + 2, network.all, PATIENCE_MS);
  return took;
}
