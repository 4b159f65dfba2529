import { expect } from 'vitest';
import { nameSchedule } from './describe-schedule.ts';
import type { ScheduledBlocks, ScheduledRun } from './scheduled-blocks.ts';
import { poisonUsed } from './scripted-block.ts';
import type { Death, Schedule } from './turns.ts';

// (I6) Worker 1 dies before each of its atomic accesses in turn: inside every critical section, at every instruction that
// others can see, and a block begun anew does nothing twice (trap 55). A thread that ends or is terminated runs nothing
// more; one that throws still runs what catches it.

export const DEATHS: readonly Death[] = [
  { kind: 'throws' },
  { kind: 'vanishes', buried: 'at once' },
  { kind: 'vanishes', buried: 'when all wait' },
];
/** Who runs when, until the death: worker 1 alone at first, in turns, and between two halves of worker 0's steps. */
export const DEATH_SCHEDULES: readonly Schedule[] = [
  { workers: 2, first: 1 },
  { workers: 2, first: 0, switches: [{ step: 3, to: 1 }] },
  { workers: 2, random: { seed: 7, chance: 0.2 } },
];

/** What stands between the beginning and the end of each critical section. */
const SECTIONS: readonly string[] = [
  'atomic.store<u32>(TOKEN, 0)', // the token
  'atomic.store<u32>(FRONTIER, u32(tx) + 1)', // a commit
  'HEAD_COMMITTED', // its writes
  'STATE_COMMITTED', // its status
  'u32(record), HEAD_VERSIONS', // the lock of a location
  'atomic.xchg<u32>(head, 0, HEAD_LOCK)', // its end
  'HIGHEST_BEGUN) <= u32(tx) + 1', // a run that publishes
  'atomic.add<u32>(CHANGES, 1)', // news
];

/** What the deaths of a test came to. */
export interface DeathTally {
  deaths: number;
  /** Blocks that had to be begun anew. */
  restarts: number;
  readonly places: Set<string>;
}

/** A block in which worker 1 is to die, and how its outcome is judged (`expect`). */
export interface DeathScene {
  readonly name: string;
  readonly blocks: ScheduledBlocks;
  readonly schedule: Schedule;
  readonly death: Death;
  run(schedule: Schedule): Promise<ScheduledRun>;
  judge(run: ScheduledRun, where: string): Promise<void> | void;
}

/** Runs the block once for each step of worker 1, which dies before it. */
export async function dieEverywhere(scene: DeathScene, tally: DeathTally): Promise<void> {
  const { name, blocks, schedule, death } = scene;
  await scene.run(schedule);
  const steps = blocks.records().flatMap(({ worker, place }, step) => (worker === 1 ? [{ step, place }] : []));
  expect(steps.length).toBeGreaterThan(10);
  for (const { step, place } of steps) {
    const run = await scene.run({ ...schedule, death: { ...death, step } });
    const where = `${name} ${nameSchedule(schedule)}, worker 1 ${JSON.stringify(death)} at step ${step} (${place})`;
    await scene.judge(run, where);
    expect(run.attempts, where).toBeLessThanOrEqual(2);
    if (run.died !== undefined) tally.deaths++;
    if (run.attempts > 1) tally.restarts++;
    tally.places.add(place);
    poisonUsed(blocks);
  }
}

/** That workers died in every critical section, and that blocks were begun anew. */
export function expectDeathsEverywhere({ places, restarts }: DeathTally): void {
  for (const section of SECTIONS) {
    expect(
      [...places].some((place) => place.includes(section)),
      section,
    ).toBe(true);
  }
  expect(restarts).toBeGreaterThan(0);
}
