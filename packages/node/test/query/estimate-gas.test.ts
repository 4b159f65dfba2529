import type { CallMessage, RunOutcome } from '@heddle/executor';
import { EMPTY_BYTES, ZERO_ADDRESS } from '@heddle/primitives';
import type { CallRequest } from '@heddle/rpc';
import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import type { CallRunner } from '../../src/query/call-runner.ts';
import { estimateGas } from '../../src/query/estimate-gas.ts';
import { DEFAULT_QUERY_LIMITS } from '../../src/query/query-limits.ts';

const REQUEST: CallRequest = {
  from: ZERO_ADDRESS,
  to: `0x${'cc'.repeat(20)}`,
  gas: undefined,
  gasPrice: 0n,
  value: 0n,
  data: EMPTY_BYTES,
};
const OPTIONS = { rules: { transactionGasCap: 2n ** 24n }, limits: DEFAULT_QUERY_LIMITS };

/** A contract that burns `used` and succeeds from `needed` on; how often it ran. */
function contract(used: bigint, needed: bigint): CallRunner & { runCount(): number } {
  let count = 0;
  return {
    blockGasLimit: 30_000_000n,
    balance: () => 0n,
    hasCode: () => true,
    runCount: () => count,
    async run({ gasLimit }: CallMessage): Promise<RunOutcome> {
      count++;
      const succeeded = gasLimit >= needed;
      return {
        status: 'executed',
        succeeded,
        gasUsed: succeeded ? used : gasLimit,
        logs: [],
        contractAddress: undefined,
        returnData: EMPTY_BYTES,
        haltReason: succeeded ? undefined : 'out of gas',
        feeCredit: 0n,
        writes: { accounts: new Map(), wiped: new Set(), deleted: new Set(), slots: new Map(), codes: new Map() },
      };
    },
  };
}

describe('the search', () => {
  it('takes three runs for a contract that needs little more than it uses', async () => {
    const runner = contract(300_000n, 302_000n);
    // All the gas there is; what it used and 1/63 and a stipend more; half of what is between.
    const [low, high] = [299_999n, (302_300n * 64n) / 63n];
    expect(await estimateGas(REQUEST, runner, OPTIONS)).toEqual({ status: 'estimated', gas: (low + high) / 2n });
    expect(runner.runCount()).toBe(3);
  });

  it('finds a sufficient limit, 1.5 percent above the least at most, whatever is used and needed', async () => {
    const random = createRandom(seedFromEnvironment('estimate search'));
    for (let round = 0; round < 500; round++) {
      const needed = random.bigint(21_000n, 2n ** 24n);
      const used = random.bigint(21_000n, needed);
      const runner = contract(used, needed);
      const outcome = await estimateGas(REQUEST, runner, OPTIONS);
      const gas = outcome.status === 'estimated' ? outcome.gas : 0n;
      expect(gas).toBeGreaterThanOrEqual(needed);
      expect(gas * 985n).toBeLessThanOrEqual(needed * 1_000n + 1_000n);
      expect(runner.runCount()).toBeLessThanOrEqual(20);
    }
  });
});
