import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BlockJob } from '../src/shared-memory/lay-out-block.ts';
import { differenceFromOracle } from '../test/parallel/compare.ts';
import { TESTED_ELSEWHERE, TRAP_COUNT, WAITING } from '../test/parallel/trap-numbers.ts';
import { TRAPS, type Trap, trapBlock } from '../test/parallel/traps.ts';
import { digest, resultAfter } from '../test/schedules/block-jobs.ts';
import { randomSchedule } from '../test/schedules/random-scripts.ts';
import { createTrapWorlds, type TrapWorlds, trapJob } from '../test/schedules/scheduled-traps.ts';
import { poisonUsed } from '../test/schedules/scripted-block.ts';
import type { Schedule } from '../test/schedules/turns.ts';

// The traps of parallel execution on the engine under test, by number, under schedules; oracle: stock runTx.

const WORKER_COUNTS = [2, 3, 8] as const;
/** For each number of workers but 1, which has only one. */
const SCHEDULES = Number(process.env.HEDDLE_SCHEDULES ?? (process.env.HEDDLE_SUITE === 'nightly' ? 400 : 100));
/** Of a switch at a step: a real run has hundreds of steps, each hand-over costs as much as a cheap transaction. */
const CHANCES = [0.1, 0.03, 0.01];
/** Transactions beside a trap. */
const STRANGERS = 2;
const seed = seedFromEnvironment('schedules of traps', 3);

let worlds: TrapWorlds;
beforeAll(async () => {
  worlds = await createTrapWorlds(8);
}, 300_000);
afterAll(() => worlds?.blocks.close());

/** What the schedules of a trap came to. */
interface TrapTally {
  schedules: number;
  handOvers: number;
  /** Blocks in which more than one worker ran transactions. */
  parallel: number;
  reExecutions: number;
}
const total: TrapTally = { schedules: 0, handOvers: 0, parallel: 0, reExecutions: 0 };

describe(`traps under ${SCHEDULES} schedules on each of 2, 3 and 8 workers, and on 1`, () => {
  it.each(TRAPS.map((trap) => [`${trap.numbers.join(', ')}: ${trap.name}`, trap] as const))(
    '%s',
    { timeout: 3_600_000 },
    async (_, trap) => {
      const tally = await checkTrap(trap);
      for (const key of ['schedules', 'handOvers', 'parallel', 'reExecutions'] as const) total[key] += tally[key];
      // Trap 56: what runs on one worker proves nothing.
      const count = trapBlock(trap, STRANGERS).candidates.length - (trap.leftOut ?? 0);
      if (count > 1) expect(tally.parallel / tally.schedules, 'blocks on more than one worker').toBeGreaterThan(1 / 4);
      if (trap.isQuiet !== true) expect(tally.reExecutions / tally.schedules, 'runs repeated').toBeGreaterThan(1 / 20);
    },
  );

  it('ran in parallel, and again what met (56)', () => {
    console.log(`traps: ${JSON.stringify(total)}`);
    expect(total.reExecutions).toBeGreaterThan(total.schedules / 10);
  });
});

describe('the numbers of the traps', () => {
  it(`name each from 1 to ${TRAP_COUNT} as tested, here or elsewhere`, () => {
    const here = new Set(TRAPS.flatMap(({ numbers }) => numbers));
    const all = [...here, ...Object.keys(TESTED_ELSEWHERE).map(Number)].sort((left, right) => left - right);
    expect(all).toEqual(Array.from({ length: TRAP_COUNT }, (_, index) => index + 1));
  });

  it('that wait for something are tested in what does not', () => {
    const here = new Set(TRAPS.flatMap(({ numbers }) => numbers));
    for (const [number, what] of Object.entries(WAITING)) {
      console.log(`trap ${number} waits in part: ${what}`);
      expect(here.has(Number(number)), what).toBe(true);
    }
  });

  it('stand in the files that test them elsewhere', () => {
    for (const [number, { what, file }] of Object.entries(TESTED_ELSEWHERE)) {
      const source = readFileSync(join(import.meta.dirname, '..', file), 'utf8');
      expect(source, `trap ${number}, ${what}, in ${file}`).toMatch(new RegExp(`\\b[Tt]rap ${number}\\b`));
    }
  });
});

async function checkTrap(trap: Trap): Promise<TrapTally> {
  const fork = trap.fork ?? 'osaka';
  const run = (job: BlockJob, schedule: Schedule) => worlds.blocks.run(job, schedule, worlds.world(fork));
  const tally: TrapTally = { schedules: 0, handOvers: 0, parallel: 0, reExecutions: 0 };
  const { environment, candidates } = trapBlock(trap, STRANGERS);
  const expected = await worlds.oracle(fork).run(environment, candidates);
  expect(expected.leftOut.size, [...expected.leftOut.values()].join()).toBe(trap.leftOut ?? 0);
  const jobs = [trapJob(trap, expected.taken, 'execute'), trapJob(trap, candidates, 'build')] as const;
  const first = await resultAfter(await run(jobs[0], { workers: 1 }), 'one worker');
  expect(await differenceFromOracle(first, expected), 'one worker').toEqual([]);
  await expected.forget();
  const wanted = digest(first);
  expect(digest(await resultAfter(await run(jobs[1], { workers: 1 }), 'one worker builds'))).toBe(wanted);
  for (const workers of WORKER_COUNTS) {
    for (let index = 0; index < SCHEDULES; index++) {
      const random = createRandom(`${seed}/${trap.name}/${workers}/${index}`);
      const ran = await run(jobs[index % 2] as (typeof jobs)[0], randomSchedule(random, workers, CHANCES));
      const where = `schedule ${index} on ${workers} workers, HEDDLE_SEED=${seed}`;
      const result = await resultAfter(ran, where);
      expect(digest(result), where).toBe(wanted);
      poisonUsed(worlds.blocks);
      tally.schedules++;
      tally.handOvers += ran.handOvers;
      tally.reExecutions += result.figures.reExecutions;
      if (result.figures.runsPerWorker.filter((runs) => runs > 0).length > 1) tally.parallel++;
    }
  }
  return tally;
}
