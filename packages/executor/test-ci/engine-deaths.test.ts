import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differenceFromOracle } from '../test/parallel/compare.ts';
import { type Trap, trapBlock } from '../test/parallel/trap-world.ts';
import { TRAPS } from '../test/parallel/traps.ts';
import { digest, finished, resultOf } from '../test/schedules/block-jobs.ts';
import {
  DEATH_SCHEDULES,
  DEATHS,
  type DeathTally,
  dieEverywhere,
  expectDeathsEverywhere,
} from '../test/schedules/death-sweep.ts';
import type { ScheduledRun } from '../test/schedules/scheduled-blocks.ts';
import { createTrapWorlds, type TrapWorlds, trapJob } from '../test/schedules/scheduled-traps.ts';
import type { Schedule } from '../test/schedules/turns.ts';

// A worker dies wherever it can while the engine runs transactions that meet. With scripts instead of an engine:
// test/schedules/deaths.test.ts.

/** Traps in whose blocks workers die: writes that move, wipes, delegations, sums of amounts. */
const SCENES: readonly number[] = [44, 11, 12, 52];
const IS_NIGHTLY = process.env.HEDDLE_SUITE === 'nightly';
/** But for the nightly suite the last one alone: it switches often, and under it most is half done. */
const SCHEDULES = IS_NIGHTLY ? DEATH_SCHEDULES : DEATH_SCHEDULES.slice(-1);

let worlds: TrapWorlds;
beforeAll(async () => {
  worlds = await createTrapWorlds(2);
}, 300_000);
afterAll(() => worlds?.blocks.close());

describe('a worker that dies before any of its steps', () => {
  const tally: DeathTally = { deaths: 0, restarts: 0, places: new Set() };

  it.each(TRAPS.filter(({ numbers }) => SCENES.includes(numbers[0] ?? 0)).map((trap) => [trap.name, trap] as const))(
    'leaves a block that comes out as on stock: %s',
    { timeout: 3_600_000 },
    async (_, trap) => {
      for (const schedule of SCHEDULES) await dieUnder(trap, schedule, tally);
    },
  );

  it('died in every critical section', () => {
    const { places, ...counts } = tally;
    console.log(`deaths: ${JSON.stringify(counts)} at ${places.size} places`);
    expectDeathsEverywhere(tally);
  });
});

async function dieUnder(trap: Trap, schedule: Schedule, tally: DeathTally): Promise<void> {
  const { blocks } = worlds;
  const fork = trap.fork ?? 'osaka';
  const { environment, candidates } = trapBlock(trap, 0);
  const expected = await worlds.oracle(fork).run(environment, candidates);
  const job = trapJob(trap, candidates, 'execute'); // from a build, whatever cannot be run is left out
  const run = (next: Schedule) => blocks.run(job, next, worlds.world(fork));
  const first = finished(await run({ workers: 1 }), 'one worker');
  expect(await differenceFromOracle(await resultOf(first), expected)).toEqual([]);
  await expected.forget();
  const wanted = digest(first);
  for (const death of DEATHS) {
    const judge = (ran: ScheduledRun, where: string) => expect(digest(finished(ran, where)), where).toBe(wanted);
    await dieEverywhere({ name: trap.name, blocks, schedule, death, run, judge }, tally);
  }
}
