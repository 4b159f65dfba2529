import type { ExecutionRules, Fork, GenesisAccount } from '@heddle/primitives';
import { createRandom } from '@heddle/testkit';
import { expect } from 'vitest';
import type { Executor } from '../../src/executor-api.ts';
import type { BlockFigures, HotLocation } from '../../src/figures.ts';
import { blockJob, resultAfter } from '../schedules/block-jobs.ts';
import { randomSchedule } from '../schedules/random-scripts.ts';
import { createScheduledBlocks, type ScheduledBlocks } from '../schedules/scheduled-blocks.ts';
import { poisonUsed } from '../schedules/scripted-block.ts';
import type { Schedule } from '../schedules/turns.ts';
import { checkOrShrink } from '../support/shrink-block.ts';
import { differenceFromOracle } from './compare.ts';
import { createOracle, type Oracle, type OracleBlock } from './oracle.ts';
import { type RandomBlock, randomBlock, randomBlocksAlloc, spoilCandidates } from './random-blocks.ts';
import { createTestChain, noCancel, RULES, type TestChain } from './test-chain.ts';

/** Of the executors, the one without versions. */
const PLAIN = 0;
const WORKER_COUNTS = [1, 2, 4] as const;
/** Shanghai is the last fork in which contracts that are destroyed lose their storage (EIP-6780). */
const FORKS: readonly Fork[] = ['osaka', 'osaka', 'shanghai'];

interface World {
  readonly rules: ExecutionRules;
  readonly alloc: readonly GenesisAccount[];
  readonly chain: TestChain;
  readonly oracle: Oracle;
  readonly executors: readonly Executor[];
  /** Two workers that take turns. */
  readonly scheduled: ScheduledBlocks;
}

/** What the blocks of a run came to on two workers that take turns, so that it is the same on every machine. */
interface Tally {
  /** Transactions that each worker ran last. */
  readonly runs: number[];
  /** Blocks that ran something again. */
  reExecuting: number;
  /** Second runs in blocks whose transactions do not meet. */
  disjointReExecutions: number;
  blocks: number;
}

interface ByGas {
  readonly byGas: BlockFigures['byGas'];
  readonly hot: readonly Omit<HotLocation, 'reExecutions'>[];
}

/** What each worker's share of the runs, and the share of blocks in which something runs again, are at least. */
const LEAST = { worker: 0.2, again: 0.2 };
/** Of a switch at a step. */
const CHANCES = [0.1, 0.03];

/**
 * Executes the random blocks of `seed` plainly, on 1, 2 and 4 workers that run freely, and on 2 under a schedule, and compares each
 * with stock execution; builds each fifth from spoilt candidates.
 */
export async function checkRandomBlocks(count: number, seed: string): Promise<void> {
  const tally = await runRandomBlocks(count, seed);
  const [zero = 0, one = 0] = tally.runs;
  const shares = { worker: Math.min(zero, one) / (zero + one), again: tally.reExecuting / tally.blocks };
  console.log(`random blocks: ${JSON.stringify(shares)}`);
  expect(shares.worker, 'both workers run transactions').toBeGreaterThan(LEAST.worker);
  expect(shares.again, 'blocks run something again').toBeGreaterThan(LEAST.again);
  expect(tally.disjointReExecutions, 'nothing is run again where nobody meets').toBe(0);
}

async function runRandomBlocks(count: number, seed: string): Promise<Tally> {
  const worlds = new Map<Fork, World>();
  for (const fork of new Set(FORKS)) worlds.set(fork, await createWorld({ ...RULES, fork }));
  const tally: Tally = { runs: [0, 0], reExecuting: 0, disjointReExecutions: 0, blocks: 0 };
  try {
    for (let index = 0; index < count; index++) {
      const random = createRandom(`${seed}/${index}`);
      const world = worlds.get(FORKS[index % FORKS.length] as Fork) as World;
      const block = randomBlock(random, world.rules);
      const schedule = randomSchedule(random.fork('schedule'), 2, CHANCES);
      await checkOrShrink(`block ${seed}/${index} (${block.style})`, block.transactions, async (transactions) => {
        const expected = await (await oracleFor(world, index)).run(block.environment, transactions);
        await checkExecution(world, block, { expected, index, schedule, tally }).finally(expected.forget);
      });
      if (index % 5 !== 0) continue;
      await checkBuild(world, block, { index, candidates: spoilCandidates(random, world.rules, block) });
    }
    return tally;
  } finally {
    for (const { chain, scheduled } of worlds.values()) {
      await chain.close();
      await scheduled.close();
    }
  }
}

async function createWorld(rules: ExecutionRules): Promise<World> {
  const alloc = randomBlocksAlloc(rules);
  const chain = await createTestChain(alloc);
  const executors = [await chain.startPlain(rules)];
  // Threads are slow to start: the fork that only adds what Osaka has no more needs fewer of them.
  const counts = rules.fork === 'osaka' ? WORKER_COUNTS : WORKER_COUNTS.slice(0, 2);
  for (const workers of counts)
    executors.push(await chain.start(workers, { rules, core: { build: workers === 4 ? 'release' : 'debug' } }));
  const scheduled = await createScheduledBlocks({ workers: 2, worlds: [{ state: { alloc }, rules }] });
  return { rules, alloc, chain, oracle: await createOracle(rules, alloc), executors, scheduled };
}

/** Each tenth block's state root is compared; stock cannot go back after it was asked for one. */
function hasRootCheck(index: number): boolean {
  return index % 10 === 0;
}

async function oracleFor({ rules, alloc, oracle }: World, index: number): Promise<Oracle> {
  return hasRootCheck(index) ? createOracle(rules, alloc) : oracle;
}

interface ExecutionCheck {
  /** What stock made of the block, or of some of its transactions. */
  readonly expected: OracleBlock;
  readonly index: number;
  readonly schedule: Schedule;
  readonly tally: Tally;
}

async function checkExecution(
  world: World,
  block: RandomBlock,
  { expected, index, schedule, tally }: ExecutionCheck,
): Promise<void> {
  const { environment } = block;
  const { alloc, executors } = world;
  const byGas = new Map<string, ByGas>();
  for (const executor of executors) {
    const outcome = await executor.execute({ environment, transactions: expected.taken, cancel: noCancel() });
    const where = `on ${executor.workerCount} workers`;
    if (outcome.status !== 'executed') expect.fail(`${where}: ${JSON.stringify(outcome)}`);
    expect(
      await differenceFromOracle(outcome.result, expected, {
        alloc: world.alloc,
        withStateRoot: hasRootCheck(index),
      }),
      where,
    ).toEqual([]);
    if (block.style === 'disjoint') tally.disjointReExecutions += outcome.result.figures.reExecutions;
    if (executor !== executors[PLAIN]) byGas.set(where, byGasOf(outcome.result.figures));
  }
  const where = 'under a schedule';
  const run = await world.scheduled.run(blockJob(environment, expected.taken, 'execute'), schedule);
  const result = await resultAfter(run, where);
  poisonUsed(world.scheduled);
  expect(await differenceFromOracle(result, expected, { alloc }), where).toEqual([]);
  for (const [other, figures] of byGas) expect(figures, other).toEqual(byGasOf(result.figures));
  count(tally, block, result.figures);
}

/** What the figures of a block say on every node, whatever its workers have met. */
function byGasOf({ byGas, hot }: BlockFigures): ByGas {
  return { byGas, hot: hot.map(({ address, kind, slot, gain }) => ({ address, kind, slot, gain })) };
}

function count(tally: Tally, { style }: RandomBlock, { runsPerWorker, reExecutions }: BlockFigures): void {
  tally.blocks++;
  for (const [worker, runs] of runsPerWorker.entries()) tally.runs[worker] = (tally.runs[worker] ?? 0) + runs;
  if (reExecutions > 0) tally.reExecuting++;
  if (style === 'disjoint') tally.disjointReExecutions += reExecutions;
}

async function checkBuild(
  world: World,
  block: RandomBlock,
  { index, candidates }: { readonly index: number; readonly candidates: RandomBlock['transactions'] },
): Promise<void> {
  const environment = { ...block.environment, gasLimit: 700_000n };
  const sizeLimitBytes = 1_800;
  const { executors } = world;
  const expected = await (await oracleFor(world, index)).run(environment, candidates, { sizeLimitBytes });
  for (const executor of executors) {
    const outcome = await executor.build({
      environment,
      candidates,
      sizeLimitBytes,
      timeBudgetMs: 60_000,
      cancel: noCancel(),
    });
    const where = `build ${index} (${block.style}) on ${executor.workerCount} workers`;
    if (outcome.status !== 'built') expect.fail(`${where}: ${outcome.status}`);
    expect(
      outcome.result.transactions.map((raw) => candidates.findIndex((candidate) => candidate.raw === raw)),
      where,
    ).toEqual(expected.taken.map(({ raw }) => candidates.findIndex((candidate) => candidate.raw === raw)));
    expect(
      await differenceFromOracle(outcome.result, expected, {
        alloc: world.alloc,
        withStateRoot: hasRootCheck(index),
      }),
      where,
    ).toEqual([]);
    expect(outcome.leftOut.length, where).toBe(expected.leftOut.size);
  }
  await expected.forget();
}
