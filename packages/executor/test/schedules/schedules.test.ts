import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { instantiateCore, loadSharedCore } from '../../src/shared-memory/core.ts';
import { checkSeeds } from './check-seeds.ts';
import { compileScheduledCore } from './compile-core.ts';
import { nameSchedule, parseSchedule } from './describe-schedule.ts';
import { describeFailure, exploreShape, SHAPE_NAMES, type ShapeName, withShape } from './explore-shape.ts';
import { FAULTS } from './faults.ts';
import { actualOf, expectedOf, jobOf, poisonUsed } from './scripted-block.ts';
import { SHAPES } from './shapes.ts';

// The scheduler under every schedule: one worker goes on at a time, and who that is is decided before each atomic access.
// The longer half is test-ci/schedules.test.ts.

/** All schedules with at most one preemption: changes with the steps of the scheduler. */
const COUNTS: Readonly<Record<ShapeName, number>> = {
  fresh: 252,
  chain: 210,
  moving: 216,
  wiped: 210,
  built: 204,
  deferred: 224,
  reopened: 218,
};

describe('tiny blocks on two workers', () => {
  it.each(SHAPE_NAMES)('come out serially under every schedule of at most one preemption: %s', async (name) => {
    const found = await exploreShape(name, { preemptions: 1, firsts: [0, 1] });
    console.log(`${name}: ${found.schedules} schedules of up to ${found.mostSteps} steps`);
    expect(found.failure, describeFailure(name, found)).toBeUndefined();
    expect(found.schedules).toBe(COUNTS[name]);
  });

  it('take the same steps again under the same schedule', async () => {
    await withShape('moving', 0, async (blocks) => {
      const schedule = parseSchedule('1:40>0,75>1');
      const takes: string[] = [];
      for (let take = 0; take < 2; take++) {
        await blocks.run(jobOf(SHAPES.moving), schedule);
        takes.push(
          blocks
            .records()
            .map(({ worker, place }) => `${worker} ${place}`)
            .join('\n'),
        );
      }
      expect(takes[0]).toBe(takes[1]);
      expect(nameSchedule(schedule)).toBe('1:40>0,75>1');
    });
  });
});

/** Planted faults, and a shape whose schedules must show each; the first three are ways to fall into trap 43. */
const PLANTED: readonly {
  readonly name: string;
  readonly shape: ShapeName;
  readonly mutation: () => Promise<number>;
}[] = [
  { name: 'loses a wake-up', shape: 'chain', mutation: async () => FAULTS.loseWakeUp },
  { name: 'looks too late for what it waits for', shape: 'chain', mutation: async () => FAULTS.lookTooLate },
  { name: 'forgets who waits for a lock', shape: 'chain', mutation: async () => FAULTS.forgetLockWaiters },
  { name: 'hands over to nobody', shape: 'reopened', mutation: async () => FAULTS.keepToItself },
  { name: 'forgets to release what it has deferred', shape: 'deferred', mutation: async () => FAULTS.neverRelease },
  { name: 'defers the lowest of a kind, too', shape: 'deferred', mutation: async () => FAULTS.deferAll },
  { name: 'publishes after being superseded', shape: 'built', mutation: async () => FAULTS.publishSuperseded },
  { name: 'commits beside another', shape: 'chain', mutation: async () => FAULTS.commitWithoutToken },
  { name: 'skips the value check', shape: 'chain', mutation: () => numberOf('MUTATION_SKIP_VALUE_CHECK') },
  { name: 'keeps a stale version', shape: 'built', mutation: () => numberOf('MUTATION_KEEP_STALE_VERSION') },
  { name: 'ignores a wipe', shape: 'wiped', mutation: () => numberOf('MUTATION_IGNORE_WIPE') },
];
/** Schedules of at most two preemptions within which a fault must show. */
const MAX_SCHEDULES = 5_000;

describe('the schedules of tiny blocks', () => {
  it.each(PLANTED)('catch a scheduler that $name', async ({ name, shape, mutation }) => {
    const found = await exploreShape(shape, { preemptions: 2, firsts: [0], most: MAX_SCHEDULES }, await mutation());
    expect(found.failure, `${found.schedules} schedules`).toBeDefined();
    console.log(`a scheduler that ${name}: schedule ${found.schedules}, ${describeFailure(shape, found)}`);
  });

  it('catch, when they are drawn, a scheduler that does not look again before it waits', async () => {
    await withShape('reopened', FAULTS.lookTooEarly, async (blocks) => {
      const job = jobOf(SHAPES.reopened);
      const faults: (string | undefined)[] = [];
      for (let seed = 1; seed <= MAX_SCHEDULES && faults.at(-1) === undefined; seed++) {
        const run = await blocks.run(job, { workers: 2, first: seed % 2, random: { seed, chance: 0.08 } });
        faults.push(run.fault);
        poisonUsed(blocks);
      }
      console.log(`a scheduler that does not look again before it waits: seed ${faults.length}`);
      expect(faults.at(-1)).toBe('waits beside work');
    });
  });

  it('stop in every file of the core that has atomic accesses', async () => {
    const { points } = await compileScheduledCore();
    const folder = join(import.meta.dirname, '..', '..', 'assembly');
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts'))) {
      const accesses = readFileSync(join(folder, file), 'utf8').match(/^(?! *\/\/)(?!.*check\().*\batomic\.\w/gm) ?? [];
      const lines = new Set(points.filter((place) => place.startsWith(`${file}:`)).map((place) => place.split(' ')[0]));
      expect(lines.size, file).toBeGreaterThanOrEqual(accesses.length);
    }
  });
});

describe('random blocks under random schedules', () => {
  it('come out serially on 2 to 8 workers', async () => {
    const tally = await checkSeeds(60, seedFromEnvironment('random schedules', 1));
    console.log(JSON.stringify(tally));
    expect(tally.repeated).toBeGreaterThan(20);
  });
});

const REQUESTED = process.env.HEDDLE_SCHEDULE?.split(' ') as [ShapeName, string] | undefined;

if (REQUESTED !== undefined) {
  it('one schedule comes out serially (HEDDLE_SCHEDULE)', async () => {
    const [name, schedule] = REQUESTED;
    await withShape(name, 0, async (blocks) => {
      const run = await blocks.run(jobOf(SHAPES[name]), parseSchedule(schedule));
      for (const [step, { worker, place }] of blocks.records().entries())
        console.log(`${step}\tworker ${worker}\t${place}`);
      expect(actualOf(blocks, run, SHAPES[name])).toBe(expectedOf(SHAPES[name]));
    });
  });
}

async function numberOf(
  mutation: 'MUTATION_SKIP_VALUE_CHECK' | 'MUTATION_KEEP_STALE_VERSION' | 'MUTATION_IGNORE_WIPE',
) {
  return instantiateCore(await loadSharedCore('debug'), 0).layout[mutation];
}
