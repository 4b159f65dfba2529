import type { ExecutionRules, Fork, GenesisAccount } from '@heddle/primitives';
import { createRandom } from '@heddle/testkit';
import { expect } from 'vitest';
import type { InspectableExecutor } from '../../src/executor.ts';
import { TESTED_ENGINE } from '../support/tested-engine.ts';
import { differenceFromOracle } from './compare.ts';
import { createOracle, type Oracle } from './oracle.ts';
import { type RandomBlock, randomBlock, randomBlocksAlloc, spoilCandidates } from './random-blocks.ts';
import { createTestChain, noCancel, RULES, type TestChain } from './test-chain.ts';

const WORKER_COUNTS = [1, 2, 4] as const;
/** Shanghai is the last fork in which contracts that are destroyed lose their storage (EIP-6780). */
const FORKS: readonly Fork[] = ['osaka', 'osaka', 'shanghai'];

interface World {
  readonly rules: ExecutionRules;
  readonly alloc: readonly GenesisAccount[];
  readonly chain: TestChain;
  readonly oracle: Oracle;
  readonly executors: readonly InspectableExecutor[];
}

/** What the blocks of a run came to on two workers. */
interface Tally {
  /** Transactions that each worker ran last. */
  readonly runs: number[];
  /** Blocks that ran something again. */
  reExecuting: number;
  /** Second runs in blocks whose transactions do not meet. */
  disjointReExecutions: number;
  blocks: number;
}

/**
 * What each worker's share of the runs, and the share of blocks in which something runs again, are at least. Both
 * depend on when the machine lets the threads run, so these bounds are far below what is usual (worker: 0.2 to 0.5;
 * again: 0.1 to 0.4 with `wasm`, about 0.5 with `ethereumjs`): they say that blocks did run in parallel and did clash.
 */
const LEAST = { worker: 0.05, again: TESTED_ENGINE === 'wasm' ? 0.02 : 0.1 };

/**
 * Executes the random blocks of `seed` on 1, 2 and 4 workers and compares each with stock execution; builds each fifth
 * from spoilt candidates.
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
      await checkExecution(world, block, { index, tally });
      if (index % 5 !== 0) continue;
      await checkBuild(world, block, { index, candidates: spoilCandidates(random, world.rules, block) });
    }
    return tally;
  } finally {
    for (const { chain } of worlds.values()) await chain.close();
  }
}

async function createWorld(rules: ExecutionRules): Promise<World> {
  const alloc = randomBlocksAlloc(rules);
  const chain = await createTestChain(alloc);
  const executors: InspectableExecutor[] = [];
  // Threads are slow to start: the fork that only adds what Osaka has no more needs fewer of them.
  const counts = rules.fork === 'osaka' ? WORKER_COUNTS : WORKER_COUNTS.slice(0, 2);
  for (const workers of counts)
    executors.push(await chain.start(workers, { rules, core: { build: workers === 4 ? 'release' : 'debug' } }));
  return { rules, alloc, chain, oracle: await createOracle(rules, alloc), executors };
}

/** Each tenth block's state root is compared; stock cannot go back after it was asked for one. */
function hasRootCheck(index: number): boolean {
  return index % 10 === 0;
}

async function oracleFor({ rules, alloc, oracle }: World, index: number): Promise<Oracle> {
  return hasRootCheck(index) ? createOracle(rules, alloc) : oracle;
}

async function checkExecution(
  world: World,
  block: RandomBlock,
  { index, tally }: { readonly index: number; readonly tally: Tally },
): Promise<void> {
  const { environment } = block;
  const { executors } = world;
  const expected = await (await oracleFor(world, index)).run(environment, block.transactions);
  for (const executor of executors) {
    const outcome = await executor.execute({ environment, transactions: expected.taken, cancel: noCancel() });
    const where = `block ${index} (${block.style}) on ${executor.workerCount} workers`;
    if (outcome.status !== 'executed') expect.fail(`${where}: ${JSON.stringify(outcome)}`);
    expect(
      await differenceFromOracle(outcome.result, expected, {
        alloc: world.alloc,
        withStateRoot: hasRootCheck(index),
      }),
      where,
    ).toEqual([]);
    const { figures } = outcome.result;
    if (executor.workerCount !== 2) continue;
    tally.blocks++;
    for (const [worker, runs] of figures.runsPerWorker.entries()) tally.runs[worker] = (tally.runs[worker] ?? 0) + runs;
    if (figures.reExecutions > 0) tally.reExecuting++;
    if (block.style === 'disjoint') tally.disjointReExecutions += figures.reExecutions;
  }
  await expected.forget();
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
