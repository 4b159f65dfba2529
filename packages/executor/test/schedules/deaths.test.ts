import { describe, expect, it } from 'vitest';
import { DEATH_SCHEDULES, DEATHS, type DeathTally, dieEverywhere, expectDeathsEverywhere } from './death-sweep.ts';
import { nameSchedule } from './describe-schedule.ts';
import { SHAPE_NAMES, withShape } from './explore-shape.ts';
import type { ScheduledRun } from './scheduled-blocks.ts';
import { actualOf, expectedOf, jobOf, type ScriptedBlock } from './scripted-block.ts';
import { SHAPES } from './shapes.ts';

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
