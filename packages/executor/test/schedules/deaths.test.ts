import { describe, expect, it } from 'vitest';
import { nameSchedule } from './describe-schedule.ts';
import { SHAPE_NAMES, type ShapeName, withShape } from './explore-shape.ts';
import type { ScheduledBlocks } from './scheduled-blocks.ts';
import { actualOf, expectedOf, jobOf, poisonUsed } from './scripted-block.ts';
import { SHAPES } from './shapes.ts';
import type { Death, Schedule } from './turns.ts';

// (I6) Worker 1 dies before each of its atomic accesses in turn: inside every critical section, at every instruction that
// others can see, and a block begun anew does nothing twice (trap 55). A thread that ends or is terminated runs nothing more; one that throws still runs what catches it.

const DEATHS: readonly Death[] = [
  { kind: 'throws' },
  { kind: 'vanishes', buried: 'at once' },
  { kind: 'vanishes', buried: 'when all wait' },
];
/** Who runs when, until the death: worker 1 alone at first, in turns, and between two halves of worker 0's steps. */
const SCHEDULES: readonly Schedule[] = [
  { workers: 2, first: 1 },
  { workers: 2, first: 0, switches: [{ step: 3, to: 1 }] },
  { workers: 2, random: { seed: 7, chance: 0.2 } },
];

interface DeathTally {
  deaths: number;
  /** Blocks that had to be begun anew. */
  restarts: number;
  readonly places: Set<string>;
}

describe('a worker that dies before any of its steps', () => {
  it.each(SHAPE_NAMES)('leaves a block that comes out serially: %s', { timeout: 120_000 }, async (name) => {
    const tally: DeathTally = { deaths: 0, restarts: 0, places: new Set() };
    await withShape(name, 0, async (blocks) => {
      for (const schedule of SCHEDULES) {
        for (const death of DEATHS) await dieEverywhere({ name, blocks, schedule, death }, tally);
      }
    });
    const { places, ...counts } = tally;
    console.log(`${name}: ${JSON.stringify(counts)} at ${places.size} places`);
    for (const section of SECTIONS) {
      expect(
        [...places].some((place) => place.includes(section)),
        section,
      ).toBe(true);
    }
    expect(tally.restarts).toBeGreaterThan(0);
  });
});

describe('an error of the engine on final state', () => {
  it('ends each thread that meets it, then the job, and not the next block', { timeout: 60_000 }, async () => {
    await withShape('chain', 0, async (blocks) => {
      const { transactions, slots } = SHAPES.chain;
      const failing = { slots, transactions: [transactions[0], { script: [['throw']] }] } as const;
      for (const first of [0, 1]) {
        const { block, died, fault } = await blocks.run(jobOf(failing), { workers: 2, first });
        expect(fault).toBeUndefined();
        expect(block).toMatchObject({ code: 'EXECUTION_FAILED', message: expect.stringContaining('the engine fails') });
        if (first === 1) expect(died).toBe(1);
        const next = await blocks.run(jobOf(SHAPES.chain), { workers: 2 });
        expect(actualOf(blocks, next, SHAPES.chain)).toBe(expectedOf(SHAPES.chain));
      }
    });
  });
});

describe('an error of the engine on final state of a block to build', () => {
  it('leaves the transaction out, whoever meets it, and ends no thread', { timeout: 60_000 }, async () => {
    await withShape('chain', 0, async (blocks) => {
      const { transactions, slots } = SHAPES.chain;
      const [first, ...others] = transactions;
      const failing = { script: [['read', 0], ['throw']] } as const;
      const block = { slots, builds: true, transactions: [first, failing, ...others, failing] } as const;
      for (const schedule of [...SCHEDULES, { workers: 2, random: { seed: 11, chance: 0.3 } }]) {
        const run = await blocks.run(jobOf(block), schedule);
        expect(actualOf(blocks, run, block), nameSchedule(schedule)).toBe(expectedOf(block));
        expect(run.died).toBeUndefined();
      }
    });
  });
});

/** What stands between the beginning and the end of each critical section. */
const SECTIONS: readonly string[] = [
  'atomic.store<u32>(TOKEN, 0)', // the token
  'atomic.store<u32>(FRONTIER, u32(tx) + 1)', // a commit
  'HEAD_COMMITTED', // its writes
  'STATE_COMMITTED', // its status
  'u32(record), HEAD_VERSIONS', // the lock of a location
  'atomic.xchg<u32>(head, 0, HEAD_LOCK)', // its end
  'atomic.add<u32>(PUBLISHED, 1)', // a run that publishes
  'atomic.add<u32>(EVENTS, 1)', // news
];

interface Scene {
  readonly name: ShapeName;
  readonly blocks: ScheduledBlocks;
  readonly schedule: Schedule;
  readonly death: Death;
}

async function dieEverywhere({ name, blocks, schedule, death }: Scene, tally: DeathTally): Promise<void> {
  const block = SHAPES[name];
  const job = jobOf(block);
  await blocks.run(job, schedule);
  const steps = blocks.records().flatMap(({ worker, place }, step) => (worker === 1 ? [{ step, place }] : []));
  expect(steps.length).toBeGreaterThan(10);
  for (const { step, place } of steps) {
    const run = await blocks.run(job, { ...schedule, death: { ...death, step } });
    const where = `${name} ${nameSchedule(schedule)}, worker 1 ${JSON.stringify(death)} at step ${step} (${place})`;
    expect(actualOf(blocks, run, block), where).toBe(expectedOf(block));
    expect(run.attempts, where).toBeLessThanOrEqual(2);
    if (run.died !== undefined) tally.deaths++;
    if (run.attempts > 1) tally.restarts++;
    tally.places.add(place);
    poisonUsed(blocks);
  }
}
