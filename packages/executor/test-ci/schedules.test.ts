import { seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { checkSeeds } from '../test/schedules/check-seeds.ts';
import type { Bounds, Exploration } from '../test/schedules/explore.ts';
import { describeFailure, exploreShape, SHAPE_NAMES, type ShapeName } from '../test/schedules/explore-shape.ts';

const IS_NIGHTLY = process.env.HEDDLE_SUITE === 'nightly';
const HOUR_MS = 3_600_000;
/** All schedules with at most two preemptions, by who begins. They change with the steps of the scheduler. */
const COUNTS: Readonly<Record<ShapeName, readonly [number, number]>> = {
  fresh: [9_149, 9_001],
  chain: [6_931, 7_111],
  moving: [7_219, 7_419],
  wiped: [6_855, 6_985],
  built: [6_620, 6_758],
  deferred: [6_223, 6_549],
  reopened: [6_764, 6_912],
};
/** Both workers do the same: what worker 1 begins are mirror images of what worker 0 does. */
const FIRSTS = IS_NIGHTLY ? [0, 1] : [0];
/** How many more there are with three, worker 0 first. */
const LONGER_COUNTS: Readonly<Record<ShapeName, number>> = {
  fresh: 593_577,
  chain: 406_881,
  moving: 426_366,
  wiped: 350_500,
  built: 354_570,
  deferred: 292_547,
  reopened: 316_571,
};
const SEEDED_BLOCKS = Number(process.env.HEDDLE_BLOCKS ?? (IS_NIGHTLY ? 20_000 : 1_000));

describe('tiny blocks on two workers', () => {
  for (const name of SHAPE_NAMES) {
    it.each(FIRSTS)(
      `come out serially under every schedule of at most two preemptions: ${name}, first worker %i`,
      {
        timeout: HOUR_MS,
      },
      async (first) => {
        const { schedules, deeper } = await exploreAll(name, { preemptions: 2, firsts: [first] });
        expect(schedules).toBe(COUNTS[name][first]);
        if (first === 0) expect(deeper, 'with three').toBe(LONGER_COUNTS[name]);
      },
    );
  }
});

if (IS_NIGHTLY) {
  describe('tiny blocks on two workers, longer', () => {
    it.each(SHAPE_NAMES)(
      'come out serially under every schedule of at most three preemptions: %s',
      {
        timeout: HOUR_MS,
      },
      async (name) => {
        const { schedules } = await exploreAll(name, { preemptions: 3, firsts: [0] });
        expect(schedules).toBe(COUNTS[name][0] + LONGER_COUNTS[name]);
      },
    );
  });
}

async function exploreAll(name: ShapeName, bounds: Bounds): Promise<Exploration> {
  const found = await exploreShape(name, bounds);
  console.log(`${name}: ${found.schedules} schedules of up to ${found.mostSteps} steps; one more: ${found.deeper}`);
  expect(found.failure, describeFailure(name, found)).toBeUndefined();
  return found;
}

describe('random blocks under random schedules', () => {
  it(`come out serially on 2 to 8 workers (${SEEDED_BLOCKS} blocks)`, { timeout: HOUR_MS }, async () => {
    const tally = await checkSeeds(SEEDED_BLOCKS, seedFromEnvironment('random schedules', 2));
    console.log(JSON.stringify(tally));
    expect(tally.repeated / tally.blocks, 'half of the blocks run something again').toBeGreaterThan(1 / 2);
  });
});
