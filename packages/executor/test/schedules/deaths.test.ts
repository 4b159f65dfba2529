import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { DEATH_SCHEDULES, DEATHS, type DeathTally, dieEverywhere, expectDeathsEverywhere } from './death-sweep.ts';
import { nameSchedule } from './describe-schedule.ts';
import { SHAPE_NAMES, withShape } from './explore-shape.ts';
import { randomSchedule } from './random-scripts.ts';
import { createScheduledBlocks, type ScheduledRun } from './scheduled-blocks.ts';
import { actualOf, expectedOf, jobOf, poisonUsed, type ScriptedBlock } from './scripted-block.ts';
import type { Script } from './scripted-engine.ts';
import { SHAPES } from './shapes.ts';

/** For each number of workers, in which an engine throws. */
const SCHEDULES = 100;
/** Of a switch at a step. */
const CHANCES = [0.2, 0.05];

describe('a worker that dies before any of its steps', () => {
  const everywhere: DeathTally = { deaths: 0, restarts: 0, places: new Set() };

  it.each(SHAPE_NAMES)('leaves a block that comes out serially: %s', async (name) => {
    const block: ScriptedBlock = SHAPES[name];
    const job = jobOf(block);
    await withShape(name, 0, async (blocks) => {
      for (const schedule of DEATH_SCHEDULES) {
        for (const death of DEATHS) {
          const scene = { name, blocks, schedule, death, run: blocks.run.bind(blocks, job) };
          const judge = (run: ScheduledRun, where: string) => {
            const actual = actualOf(blocks, run, block);
            expect(actual, where).toBe(expectedOf(death.kind === 'throws' ? withoutFailed(block, actual) : block));
          };
          await dieEverywhere({ ...scene, judge }, everywhere);
        }
      }
    });
  });

  it('has died in every critical section by then', () => {
    const { places, ...counts } = everywhere;
    console.log(`${JSON.stringify(counts)} at ${places.size} places`);
    expectDeathsEverywhere(everywhere);
  });
});

/** A build goes on without a transaction on whose final run a worker throws: one at most, wherever it throws. */
function withoutFailed(block: ScriptedBlock, actual: string): ScriptedBlock {
  const failed = actual.split(' ').indexOf('failed');
  if (block.builds !== true || failed === -1) return block;
  return { ...block, transactions: block.transactions.with(failed, { script: [['throw']] }) };
}

describe('an error of the engine on final state', () => {
  it('ends each thread that meets it, then the job, and not the next block', async () => {
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

describe('an error of the engine on state that does not last', () => {
  it('ends no thread and no block, and the transaction is run again', async () => {
    const { transactions, slots } = SHAPES.chain; // slot 0 is odd until the first has run
    const passing: Script = [['read', 0], ['skipIfEven', 1], ['throw'], ['add', 1], ['write', 0]];
    const block = { slots, transactions: [transactions[0], { script: passing }, transactions[0]] } as const;
    const [built, given] = [{ ...block, builds: true }, block];
    const worlds = [{ state: { slots } }];
    const blocks = await createScheduledBlocks({ workers: 8, worlds, warmSlots: slots.length });
    const random = createRandom(seedFromEnvironment('errors that do not last'));
    let repeated = 0;
    try {
      for (const workers of [2, 3, 8]) {
        for (let index = 0; index < SCHEDULES; index++) {
          const schedule = randomSchedule(random, workers, CHANCES);
          const tried = index % 2 === 0 ? given : built;
          const run = await blocks.run(jobOf(tried), schedule);
          const where = `schedule ${index} on ${workers} workers`;
          expect(actualOf(blocks, run, tried), where).toBe(expectedOf(tried));
          expect([run.died, run.attempts], where).toEqual([undefined, 1]);
          if (!(run.block instanceof Error) && run.block.status === 'done') repeated += run.block.rows[1]?.runs ?? 0;
          poisonUsed(blocks);
        }
      }
    } finally {
      await blocks.close();
    }
    expect(repeated / (3 * SCHEDULES), 'runs of the one that throws').toBeGreaterThan(1.1);
  });
});

describe('an error of the engine on final state of a block to build', () => {
  it('leaves the transaction out, whoever meets it, and ends no thread', async () => {
    await withShape('chain', 0, async (blocks) => {
      const { transactions, slots } = SHAPES.chain;
      const [first, ...others] = transactions;
      const failing = { script: [['read', 0], ['throw']] } as const;
      const block = { slots, builds: true, transactions: [first, failing, ...others, failing] } as const;
      for (const schedule of [...DEATH_SCHEDULES, { workers: 2, random: { seed: 11, chance: 0.3 } }]) {
        const run = await blocks.run(jobOf(block), schedule);
        expect(actualOf(blocks, run, block), nameSchedule(schedule)).toBe(expectedOf(block));
        expect(run.died).toBeUndefined();
      }
    });
  });
});
