import type { ExecutionRules, Fork } from '@heddle/primitives';
import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InspectableExecutor } from '../../src/executor.ts';
import { differenceFromOracle } from './compare.ts';
import { createOracle, type Oracle } from './oracle.ts';
import { type RandomBlock, randomBlock, randomBlocksAlloc, spoilCandidates } from './random-blocks.ts';
import { createTestChain, noCancel, RULES, type TestChain } from './test-chain.ts';

/** Random blocks of a run; more in the longer suites. */
const BLOCKS = Number(process.env.HEDDLE_BLOCKS ?? 500);
const WORKER_COUNTS = [1, 2, 4] as const;
/** Shanghai is the last fork in which contracts that are destroyed lose their storage (EIP-6780). */
const FORKS: readonly Fork[] = ['osaka', 'osaka', 'shanghai'];

interface World {
  readonly rules: ExecutionRules;
  readonly chain: TestChain;
  readonly oracle: Oracle;
  readonly executors: readonly InspectableExecutor[];
}

const worlds = new Map<Fork, World>();
beforeAll(async () => {
  for (const fork of new Set(FORKS)) worlds.set(fork, await createWorld({ ...RULES, fork }));
}, 60_000);
afterAll(async () => {
  for (const { chain } of worlds.values()) await chain.close();
});

async function createWorld(rules: ExecutionRules): Promise<World> {
  const alloc = randomBlocksAlloc(rules);
  const chain = await createTestChain(alloc);
  const executors: InspectableExecutor[] = [];
  for (const workers of WORKER_COUNTS) executors.push(await chain.start(workers, { rules }));
  return { rules, chain, oracle: await createOracle(rules, alloc), executors };
}

describe('random blocks with random conflicts', () => {
  it(`give what stock execution gives on 1, 2 and 4 workers (${BLOCKS} blocks)`, { timeout: 1_200_000 }, async () => {
    const seed = seedFromEnvironment('random blocks');
    const tally = {
      runs: [0, 0],
      reExecuting: 0,
      disjointReExecutions: 0,
      blocks: 0,
      styles: {} as Record<string, number>,
    };
    for (let index = 0; index < BLOCKS; index++) {
      const random = createRandom(`${seed}/${index}`);
      const world = worlds.get(FORKS[index % FORKS.length] as Fork) as World;
      const block = randomBlock(random, world.rules);
      await checkExecution(world, block, { index, tally });
      if (index % 5 === 0)
        await checkBuild(world, block, { index, candidates: spoilCandidates(random, world.rules, block) });
    }
    console.log(JSON.stringify(tally));
    const total = (tally.runs[0] as number) + (tally.runs[1] as number);
    expect(Math.min(...tally.runs) / total, 'each of two workers runs a quarter').toBeGreaterThanOrEqual(0.25);
    expect(tally.reExecuting / tally.blocks, 'a third of the blocks re-execute something').toBeGreaterThanOrEqual(
      1 / 3,
    );
    expect(tally.disjointReExecutions, 'nothing is run again where nobody meets').toBe(0);
  });
});

/** Each tenth block's state root is compared; stock cannot go back after it was asked for one. */
function hasRootCheck(index: number): boolean {
  return index % 10 === 0;
}

async function oracleFor({ rules, oracle }: World, index: number): Promise<Oracle> {
  return hasRootCheck(index) ? createOracle(rules, randomBlocksAlloc(rules)) : oracle;
}

interface Tally {
  readonly runs: number[];
  reExecuting: number;
  disjointReExecutions: number;
  blocks: number;
  readonly styles: Record<string, number>;
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
    expect(await differenceFromOracle(outcome.result, expected, hasRootCheck(index)), where).toEqual([]);
    const { figures } = outcome.result;
    if (executor.workerCount !== 2) continue;
    tally.blocks++;
    for (const [worker, runs] of figures.runsPerWorker.entries()) tally.runs[worker] = (tally.runs[worker] ?? 0) + runs;
    if (figures.reExecutions > 0) tally.reExecuting++;
    tally.styles[block.style] = (tally.styles[block.style] ?? 0) + (figures.reExecutions > 0 ? 1 : 0);
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
    expect(await differenceFromOracle(outcome.result, expected, hasRootCheck(index)), where).toEqual([]);
    expect(outcome.leftOut.length, where).toBe(expected.leftOut.size);
  }
  await expected.forget();
}
