import { describe, expect, it } from 'vitest';
import type { BlockRun } from '../../src/block-runner.ts';
import { FAULTS } from './faults.ts';
import { createScheduledBlocks, type ScheduledBlocks } from './scheduled-blocks.ts';
import { actualOf, expectedOf, jobOf, poisonUsed, type ScriptedBlock } from './scripted-block.ts';
import type { Schedule } from './turns.ts';

// Speculation stays in a window in front of the frontier, which moves with it, and runs a transaction a few times at most.

/** A block under schedules that bring it to the edge of what speculation may do. */
interface Scene {
  readonly block: ScriptedBlock;
  readonly schedules: readonly Schedule[];
}

/** Of two workers; see lay-out-block.ts. */
const WINDOW = 64;
/** Worker 0 stands in its first run at one of these steps while worker 1 runs ahead as far as it may. */
const STEPS = [10, 20, 30, 40, 50, 60];
const AHEAD: Scene = {
  block: chain(WINDOW + 40),
  schedules: STEPS.map((step) => ({ workers: 2, first: 0, switches: [{ step, to: 1 }] })),
};
/** Eight workers on one slot: whoever runs early loses again and again. */
const LOSING: Scene = {
  block: chain(24),
  schedules: [1, 2, 3, 4, 5, 6].map((seed) => ({ workers: 8, random: { seed, chance: 0.1 } })),
};

/** Transactions that add 1 to the same slot, no two of one kind: those would be deferred. */
function chain(length: number): ScriptedBlock {
  const script = [
    ['read', 0],
    ['add', 1],
    ['write', 0],
  ] as const;
  return { slots: [5n], transactions: Array.from({ length }, (_, tx) => ({ script, kind: tx + 1 })) };
}

/** What of the rules for speculation is broken. */
type Breach = 'the window was left' | 'the window stood still' | 'a transaction ran too often';

const PLANTED: readonly { readonly name: string; readonly mutation: number; readonly breach: Breach }[] = [
  { name: 'knows no window', mutation: FAULTS.passWindow, breach: 'the window was left' },
  { name: 'does not move its window', mutation: FAULTS.stickWindow, breach: 'the window stood still' },
  { name: 'never parks who loses', mutation: FAULTS.neverPark, breach: 'a transaction ran too often' },
];

describe('speculation', () => {
  it('stays in its window, moves on with the frontier, and gives up in time', async () => {
    expect([...(await breachesOf(0))]).toEqual([]);
  });

  it.each(PLANTED)('is seen to break the rules where it $name', async ({ mutation, breach }) => {
    expect([...(await breachesOf(mutation))]).toEqual([breach]);
  });
});

async function breachesOf(mutation: number): Promise<Set<Breach>> {
  const state = { slots: AHEAD.block.slots };
  const blocks = await createScheduledBlocks({ workers: 8, worlds: [{ state }], warmSlots: 1, mutation });
  try {
    const breaches = new Set<Breach>();
    const speculated = await runScene(blocks, AHEAD, breaches);
    // At the frontier each runs once: whoever ran again has speculated.
    if (!breaches.has('the window was left') && speculated <= WINDOW) breaches.add('the window stood still');
    await runScene(blocks, LOSING, breaches);
    return breaches;
  } finally {
    await blocks.close();
  }
}

/** Adds what the scene's schedules break. The number of the last transaction that ran more than once. */
async function runScene(blocks: ScheduledBlocks, { block, schedules }: Scene, breaches: Set<Breach>): Promise<number> {
  const { MAX_SPECULATIVE_RUNS } = blocks.instance.core.layout;
  let last = 0;
  for (const schedule of schedules) {
    const run = await blocks.run(jobOf(block), schedule);
    if (run.fault === 'invariant') {
      breaches.add('the window was left');
      continue;
    }
    if (run.fault === 'waits beside work') {
      breaches.add('the window stood still');
      continue;
    }
    expect(actualOf(blocks, run, block)).toBe(expectedOf(block));
    const runs = runsOf(run.block);
    if (Math.max(...runs) > MAX_SPECULATIVE_RUNS + 1) breaches.add('a transaction ran too often');
    last = Math.max(last, runs.findLastIndex((count) => count > 1) + 1);
    poisonUsed(blocks);
  }
  return last;
}

function runsOf(block: BlockRun | Error): number[] {
  if (block instanceof Error || block.status !== 'done') expect.fail('the block came to its end');
  return block.rows.map(({ runs }) => runs);
}
