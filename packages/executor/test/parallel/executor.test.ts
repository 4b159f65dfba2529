import { ETHER, testAccounts, transfer } from '@heddle/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestChain, environment, genesisAccount, noCancel, type TestChain } from './test-chain.ts';

const accounts = testAccounts(20);
let chain: TestChain;
beforeAll(async () => {
  chain = await createTestChain(accounts.map(({ address }) => genesisAccount(address, 10n * ETHER)));
});
afterAll(() => chain?.close());

describe('the parallel executor', () => {
  it('runs disjoint transfers on two workers without running any again', async () => {
    const executor = await chain.start(2);
    const transactions = accounts.slice(0, 10).map((from, index) => {
      const to = accounts[10 + index];
      if (to === undefined) throw new RangeError('there are twenty accounts');
      return { raw: transfer(from, to, 5n).raw, sender: from.address };
    });
    const outcome = await executor.execute({ environment: environment(), transactions, cancel: noCancel() });
    console.log(outcome.status === 'executed' && outcome.result.figures, outcome);
    expect(outcome.status).toBe('executed');
  });
});
