import type { Fork } from '@heddle/primitives';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InspectableExecutor } from '../../src/block-executor.ts';
import { differenceFromOracle } from './compare.ts';
import { createOracle, type Oracle } from './oracle.ts';
import { createTestChain, noCancel, RULES, type TestChain } from './test-chain.ts';
import { type Trap, trapAlloc, trapBlock } from './trap-world.ts';
import { TRAPS } from './traps.ts';

// The traps of parallel execution on free-running threads; under schedules: test-ci/traps.test.ts.

/** Times that each block runs on two workers. */
const ROUNDS = 6;

interface World {
  readonly chain: TestChain;
  readonly executors: readonly InspectableExecutor[];
  readonly oracle: Oracle;
}

const worlds = new Map<Fork, World>();
beforeAll(async () => {
  for (const fork of ['osaka', 'shanghai'] as const) worlds.set(fork, await createWorld(fork));
});
afterAll(async () => {
  for (const { chain } of worlds.values()) await chain.close();
});

async function createWorld(fork: Fork): Promise<World> {
  const rules = { ...RULES, fork };
  const alloc = trapAlloc(fork);
  const chain = await createTestChain(alloc);
  const executors = [await chain.start(1, { rules }), await chain.start(2, { rules })];
  return { chain, executors, oracle: await createOracle(rules, alloc) };
}

describe('traps of parallel execution', () => {
  it.each(TRAPS.map((trap) => [`${trap.numbers.join(', ')}: ${trap.name}`, trap] as const))('%s', async (_, trap) => {
    const { executors, oracle } = worlds.get(trap.fork ?? 'osaka') as World;
    const { environment, candidates } = trapBlock(trap);
    const expected = await oracle.run(environment, candidates);
    expect(expected.leftOut.size, [...expected.leftOut.values()].join()).toBe(trap.leftOut ?? 0);
    for (let round = 0; round < ROUNDS; round++) {
      for (const executor of executors) {
        const cancel = noCancel();
        const executed = await executor.execute({ environment, transactions: expected.taken, cancel });
        if (executed.status !== 'executed') expect.fail(JSON.stringify(executed));
        expect(await differenceFromOracle(executed.result, expected)).toEqual([]);
        const limits = { sizeLimitBytes: 1 << 20, timeBudgetMs: 60_000 };
        const built = await executor.build({ environment, candidates, ...limits, cancel });
        if (built.status !== 'built') expect.fail(built.status);
        expect(await differenceFromOracle(built.result, expected)).toEqual([]);
        expect(built.result.stateRoot).toBe(executed.result.stateRoot);
        if (trap.leftOut === undefined) continue;
        const refused = await executor.execute({ environment, transactions: candidates, cancel });
        expect(refused).toMatchObject({ status: 'invalid', transactionIndex: [...expected.leftOut.keys()][0] });
      }
    }
    await expected.forget();
    if (trap.numbers.includes(17)) await checkStateRoot(trap, executors);
  });
});

/** What leaves the state must leave the trie too; stock is asked for its root once only, since it cannot go back then. */
async function checkStateRoot(trap: Trap, executors: readonly InspectableExecutor[]): Promise<void> {
  const { environment, candidates: transactions } = trapBlock(trap);
  const fork = trap.fork ?? 'osaka';
  const oracle = await createOracle({ ...RULES, fork }, trapAlloc(fork));
  const expected = await (await oracle.run(environment, transactions)).stateRoot();
  for (const executor of executors) {
    const executed = await executor.execute({ environment, transactions, cancel: noCancel() });
    if (executed.status !== 'executed') expect.fail(JSON.stringify(executed));
    expect(executed.result.stateRoot).toBe(expected);
  }
}
