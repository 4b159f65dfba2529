import {
  createRandom,
  ETHER,
  seedFromEnvironment,
  signedTransaction,
  testAccounts,
  transfer,
  waitFor,
} from '@heddle/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { yieldToEvents } from '../src/worker-pool.ts';
import { differenceFromOracle } from '../test/parallel/compare.ts';
import { CONTRACTS, contractAccounts } from '../test/parallel/contracts.ts';
import { createOracle } from '../test/parallel/oracle.ts';
import {
  createTestChain,
  environment,
  genesisAccount,
  noCancel,
  RULES,
  type TestChain,
} from '../test/parallel/test-chain.ts';

// Free-running threads of the real pool, terminated wherever they are. At each single step: test/schedules/deaths.test.ts.

const IS_NIGHTLY = process.env.HEDDLE_SUITE === 'nightly';
const BLOCKS = 100;
/** Of the blocks in which a worker is terminated; a thread that takes its place costs half a second. */
const DEATH_SHARE = IS_NIGHTLY ? 1 : 0.12;
/**
 * Deaths inside a block that the test wants to have seen. On a busy machine workers come too late for some blocks: then
 * more follow, up to MOST_BLOCKS.
 */
const DEATHS_IN_BLOCK = 2;
const MOST_BLOCKS = 1_000;
const WORKERS = 3;
const accounts = testAccounts(24);
const alloc = [
  ...accounts.map(({ address }) => genesisAccount(address, 10n * ETHER)),
  ...contractAccounts(accounts.map(({ address }) => address)),
];
let chain: TestChain;
beforeAll(async () => {
  chain = await createTestChain(alloc);
});
afterAll(() => chain?.close());

describe(`workers that are terminated in ${BLOCKS} blocks or more`, () => {
  it('leave blocks that come out right, and a pool that is whole again', { timeout: 3_600_000 }, async () => {
    const seed = seedFromEnvironment('terminated workers', 4);
    const random = createRandom(seed);
    const executor = await chain.start(WORKERS);
    const oracle = await createOracle(RULES, alloc);
    const transactions = accounts.map((from, index) => {
      const { raw } =
        index % 3 === 0
          ? signedTransaction(from, {
              to: index % 6 === 0 ? CONTRACTS.hasher : CONTRACTS.counter, // ten milliseconds, or none
              value: 0n,
              gasLimit: 500_000n,
            })
          : transfer(from, accounts[(index * 5) % accounts.length]?.address ?? CONTRACTS.payer, 1n);
      return { raw, sender: from.address };
    });
    const expected = await oracle.run(environment(), transactions);
    let kills = 0;
    let inBlock = 0;
    for (let block = 0; block < BLOCKS || (inBlock < DEATHS_IN_BLOCK && block < MOST_BLOCKS); block++) {
      await waitFor(() => executor.pool.readyCount() === WORKERS, { what: 'all workers' });
      let isOver = false;
      const running = executor.execute({ environment: environment(), transactions, cancel: noCancel() }).finally(() => {
        isOver = true;
      });
      if (random.chance(DEATH_SHARE)) {
        const victim = random.int(1, WORKERS - 1);
        const turns = random.int(0, random.pick([10, 100, 1_500])); // of a slow engine a block takes a thousand, of a fast one few
        for (let turn = 1; !isOver && !executor.pool.isInBlock(victim); turn++)
          await (turn % 1_000 ? null : yieldToEvents());
        for (let turn = 0; turn < turns; turn++) await null;
        if (executor.pool.isInBlock(victim)) inBlock++;
        void executor.pool.kill(victim);
        kills++;
      }
      const outcome = await running;
      if (outcome.status !== 'executed') expect.fail(JSON.stringify(outcome));
      expect(await differenceFromOracle(outcome.result, expected), `block ${block}, HEDDLE_SEED=${seed}`).toEqual([]);
      expect(outcome.result.figures.workers).toBeLessThanOrEqual(WORKERS);
      await waitFor(() => executor.metrics().heddle_executor_worker_deaths_total === kills, {
        what: 'the death counted',
      });
    }
    console.log(`${kills} workers terminated, ${inBlock} of them inside a block`);
    expect(inBlock).toBeGreaterThanOrEqual(DEATHS_IN_BLOCK);
    await waitFor(() => executor.pool.readyCount() === WORKERS, { what: 'all workers' });
    const last = await executor.execute({ environment: environment(), transactions, cancel: noCancel() });
    if (last.status !== 'executed') expect.fail(JSON.stringify(last));
    expect(last.result.figures.workers).toBe(WORKERS);
  });
});

// Sixteen threads cost ten seconds.
if (IS_NIGHTLY) {
  it('a worker that never gets through a block is not replaced for ever', { timeout: 3_600_000 }, async () => {
    const executor = await chain.start(2);
    for (let deaths = 1; deaths <= 17; deaths++) {
      await waitFor(() => executor.pool.readyCount() === 2, { what: 'another thread' });
      await executor.pool.kill(1);
      await waitFor(() => executor.pool.deathCount() === deaths, { what: 'the death counted' });
    }
    const outcome = await executor.execute({ environment: environment(), transactions: [], cancel: noCancel() });
    expect(outcome.status).toBe('executed');
    expect(executor.metrics()).toMatchObject({
      heddle_executor_ready_workers: 1,
      heddle_executor_worker_deaths_total: 17,
    });
  });
}
