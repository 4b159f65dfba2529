import { seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { checkSeeds } from '../test/schedules/check-seeds.ts';
import { describeFailure, exploreShape, SHAPE_NAMES, type ShapeName } from '../test/schedules/explore-shape.ts';

const IS_NIGHTLY = process.env.HEDDLE_SUITE === 'nightly';
const HOUR_MS = 3_600_000;
/**
 * All schedules with at most two preemptions that worker 0 begins; those that worker 1 begins are their mirror images,
 * and nightly. They change with the steps of the scheduler.
 */
const COUNTS: Readonly<Record<ShapeName, number>> = {
  fresh: 17_518,
  chain: 16_132,
  moving: 16_979,
  wiped: 14_189,
  built: 14_076,
};
const SEEDED_BLOCKS = Number(process.env.HEDDLE_BLOCKS ?? (IS_NIGHTLY ? 20_000 : 1_000));

describe('tiny blocks on two workers', () => {
  it.each(SHAPE_NAMES)(
    'come out serially under every schedule of at most two preemptions: %s',
    { timeout: HOUR_MS },
    async (name) => {
      const found = await exploreShape(name, { preemptions: 2, firsts: [0] });
      console.log(`${name}: ${found.schedules} schedules of up to ${found.mostSteps} steps`);
      expect(found.failure, describeFailure(name, found)).toBeUndefined();
      expect(found.schedules).toBe(COUNTS[name]);
    },
  );
});

describe('random blocks under random schedules', () => {
  it(`come out serially on 2 to 8 workers (${SEEDED_BLOCKS} blocks)`, { timeout: HOUR_MS }, async () => {
    const tally = await checkSeeds(SEEDED_BLOCKS, seedFromEnvironment('random schedules', 2));
    console.log(JSON.stringify(tally));
    expect(tally.repeated / tally.blocks, 'half of the blocks run something again').toBeGreaterThan(1 / 2);
  });
});
