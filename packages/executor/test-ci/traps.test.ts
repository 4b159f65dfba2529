import { createRandom, type Random, seedFromEnvironment } from '@heddle/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differenceFromOracle } from '../test/parallel/compare.ts';
import { SLOTS_THAT_MEET } from '../test/parallel/engine-traps.ts';
import { ALSO_TESTED, TRAP_COUNT, titlesIn } from '../test/parallel/trap-numbers.ts';
import { type Trap, trapBlock } from '../test/parallel/trap-world.ts';
import { TRAPS } from '../test/parallel/traps.ts';
import { digest, finished, resultOf } from '../test/schedules/block-jobs.ts';
import { randomSchedule } from '../test/schedules/random-scripts.ts';
import type { ScheduledRun } from '../test/schedules/scheduled-blocks.ts';
import { createTrapWorlds, type TrapWorlds, trapJob } from '../test/schedules/scheduled-traps.ts';
import { poisonUsed } from '../test/schedules/scripted-block.ts';
import type { Schedule } from '../test/schedules/turns.ts';

// The traps of parallel execution on the engine under test, by number, under schedules; oracle: stock runTx.

const WORKER_COUNTS = [2, 3, 8] as const;
/** For each number of workers but 1, which has only one; and one more where all is run ahead of its turn first. */
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
const NOTHING = {
  schedules: 0,
  handOvers: 0,
  /** Blocks in which more than one worker ran transactions. */
  parallel: 0,
  /** Blocks in which some transaction was run ahead of its turn. */
  speculative: 0,
  reExecutions: 0,
  /** Blocks begun anew. */
  restarts: 0,
};
type TrapTally = typeof NOTHING;
const total = { ...NOTHING };

describe(`traps under ${SCHEDULES} schedules on each of 2, 3 and 8 workers, and on 1`, () => {
  it.each(TRAPS.map((trap) => [`${trap.numbers.join(', ')}: ${trap.name}`, trap] as const))(
    '%s',
    { timeout: 3_600_000 },
    async (_, trap) => {
      const tally = await checkTrap(trap);
      for (const key of Object.keys(total) as (keyof TrapTally)[]) total[key] += tally[key];
      const { schedules } = tally;
      // Trap 56: what runs on one worker, or always in its turn, proves nothing.
      const count = trapBlock(trap, STRANGERS).candidates.length - (trap.leftOut ?? 0);
      if (count > 1) expect(tally.parallel / schedules, 'blocks on more than one worker').toBeGreaterThan(1 / 4);
      if (count > 1) expect(tally.speculative / schedules, 'blocks with speculation').toBeGreaterThan(1 / 4);
      if (trap.isQuiet !== true) expect(tally.reExecutions / schedules, 'runs repeated').toBeGreaterThan(1 / 20);
      if (trap.runsOnce) expect(tally.reExecutions, 'runs repeated').toBe(0);
      if (trap.hasDeaths) expect(tally.restarts / schedules, 'blocks begun anew').toBeGreaterThan(1 / 20);
    },
  );

  it('ran in parallel, and again what met (56)', () => {
    console.log(`traps: ${JSON.stringify(total)}`);
    expect(total.reExecutions).toBeGreaterThan(total.schedules / 10);
  });

  it('have two slots whose hashes are equal (46)', () => {
    const { layout, memory } = worlds.blocks.instance.core;
    const SLOT_FACTORS = layout.HASH_FACTORS + 8 * 8; // location-hash.ts: after those of addresses, one and the account's
    const weigh = (slot: string) => {
      const bytes = Buffer.from(slot.slice(2), 'hex');
      const parts = Array.from({ length: 8 }, (_, part) => {
        return BigInt(bytes.readUInt32LE(4 * part)) * memory.view.getBigUint64(SLOT_FACTORS + 8 * part, true);
      });
      return BigInt.asUintN(
        64,
        parts.reduce((sum, part) => sum + part),
      );
    };
    const [left, right] = SLOTS_THAT_MEET;
    expect(left).not.toBe(right);
    expect(weigh(left)).toBe(weigh(right));
  });
});

describe('the numbers of the traps', () => {
  it(`name each from 1 to ${TRAP_COUNT} as tested here`, () => {
    const here = [...new Set(TRAPS.flatMap(({ numbers }) => numbers))].sort((left, right) => left - right);
    expect(here).toEqual(Array.from({ length: TRAP_COUNT }, (_, index) => index + 1));
  });

  it.each(ALSO_TESTED)('name a test that stands: $number, $what', ({ file, title }) => {
    expect(titlesIn(file)).toContain(title);
  });
});

/** What is to be run, and what it must come to in one line. */
interface Task {
  readonly job: ReturnType<typeof trapJob>;
  readonly wanted: string;
}

async function checkTrap(trap: Trap): Promise<TrapTally> {
  const run = (job: Task['job'], schedule: Schedule) =>
    worlds.blocks.run(job, schedule, worlds.world(trap.fork ?? 'osaka'));
  const tally = { ...NOTHING };
  const { tasks, steps } = await tasksOf(trap, run);
  for (const workers of WORKER_COUNTS) {
    for (let index = 0; index < SCHEDULES; index++) {
      const random = createRandom(`${seed}/${trap.name}/${workers}/${index}`);
      const { job, wanted } = tasks[index % tasks.length] as Task;
      const ran = await run(job, scheduleOf(trap, random, { workers, steps }));
      const where = `schedule ${index} on ${workers} workers, HEDDLE_SEED=${seed}`;
      expect(outcomeOf(ran, where), where).toBe(wanted);
      poisonUsed(worlds.blocks);
      count(tally, ran);
    }
  }
  return tally;
}

/** The jobs of a trap, run on one worker and compared with stock; and the steps that this takes. */
async function tasksOf(trap: Trap, run: (job: Task['job'], schedule: Schedule) => Promise<ScheduledRun>) {
  const { environment, candidates } = trapBlock(trap, STRANGERS);
  const expected = await worlds.oracle(trap.fork ?? 'osaka').run(environment, candidates);
  expect(expected.leftOut.size, [...expected.leftOut.values()].join()).toBe(trap.leftOut ?? 0);
  const execute = trapJob(trap, expected.taken, 'execute');
  const ran = await run(execute, { workers: 1 });
  const first = finished(ran, 'one worker');
  expect(await differenceFromOracle(await resultOf(first), expected), 'one worker').toEqual([]);
  await expected.forget();
  const wanted = digest(first);
  const tasks: Task[] = [
    { job: execute, wanted },
    { job: trapJob(trap, candidates, 'build'), wanted },
  ];
  const [firstLeftOut] = expected.leftOut.keys();
  if (firstLeftOut !== undefined) {
    const job = trapJob(trap, candidates, 'execute');
    const { block } = await run(job, { workers: 1 });
    expect(block).toMatchObject({ status: 'invalid', transactionIndex: firstLeftOut });
    tasks.push({ job, wanted: JSON.stringify(block) });
  }
  for (const task of tasks) {
    for (const speculatesFirst of [false, true]) {
      const where = `one worker, ahead of its turn: ${speculatesFirst}`;
      const alone = await run(task.job, { workers: 1, speculatesFirst });
      expect(outcomeOf(alone, where), where).toBe(task.wanted);
      if (speculatesFirst) expect(everyRowSpeculated(alone), where).not.toBe(false);
    }
  }
  return { tasks, steps: ran.steps };
}

/** A schedule of the trap, whose block takes about so many steps. */
function scheduleOf(
  { hasDeaths = false }: Trap,
  random: Random,
  { workers, steps }: { readonly workers: number; readonly steps: number },
): Schedule {
  const schedule = randomSchedule(random, workers, CHANCES);
  if (!hasDeaths) return schedule;
  const buried = random.pick(['at once', 'when all wait'] as const);
  return { ...schedule, death: { kind: 'vanishes', buried, step: random.int(0, steps) } };
}

/** What the run came to in one line: what the block yields, or why it was refused. */
function outcomeOf(ran: ScheduledRun, where: string): string {
  const { block, fault } = ran;
  if (fault === undefined && !(block instanceof Error) && block.status === 'invalid') return JSON.stringify(block);
  return digest(finished(ran, where));
}

/** Whether each transaction that stands was run ahead of its turn; undefined: the block was refused, and none stands. */
function everyRowSpeculated({ block }: ScheduledRun): boolean | undefined {
  if (block instanceof Error || block.status !== 'done') return undefined;
  return block.committed.every((row) => row.speculativeRuns > 0);
}

function count(tally: TrapTally, { block, handOvers, attempts }: ScheduledRun): void {
  tally.schedules++;
  tally.handOvers += handOvers;
  if (attempts > 1) tally.restarts++;
  if (block instanceof Error || block.status !== 'done') return;
  for (const { runs } of block.committed) tally.reExecutions += runs - 1;
  if (block.rows.some(({ speculativeRuns }) => speculativeRuns > 0)) tally.speculative++;
  if (new Set(block.committed.map(({ lastWorker }) => lastWorker)).size > 1) tally.parallel++;
}
