import type { Fork } from '@heddle/primitives';
import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { type CoreConstant, instantiateCore, loadSharedCore } from '../../src/shared-memory/core.ts';
import { differenceFromOracle } from './compare.ts';
import { createOracle } from './oracle.ts';
import { randomBlock, randomBlocksAlloc, type Style } from './random-blocks.ts';
import { createTestChain, noCancel, RULES } from './test-chain.ts';

/** Random blocks within which a fault must show. */
const MAX_BLOCKS = 300;

interface Fault {
  readonly name: string;
  readonly mutation: Extract<CoreConstant, `MUTATION_${string}`>;
  readonly fork: Fork;
  readonly styles: readonly Style[];
  /** What shows it: a result that stock execution does not give, or a second run where nobody meets. */
  readonly by: 'difference' | 're-execution';
}

const FAULTS: readonly Fault[] = [
  {
    name: 'skips the value check',
    mutation: 'MUTATION_SKIP_VALUE_CHECK',
    fork: 'osaka',
    styles: ['hot', 'chains'],
    by: 'difference',
  },
  {
    name: 'keeps a stale version',
    mutation: 'MUTATION_KEEP_STALE_VERSION',
    fork: 'osaka',
    styles: ['hot', 'life', 'mixed'],
    by: 'difference',
  },
  { name: 'ignores a wipe', mutation: 'MUTATION_IGNORE_WIPE', fork: 'shanghai', styles: ['life'], by: 'difference' },
  {
    name: 'assumes the nonce of an EIP-7702 authority',
    mutation: 'MUTATION_ASSUME_AUTHORITY_NONCE',
    fork: 'osaka',
    styles: ['mixed'],
    by: 'difference',
  },
  {
    name: 'counts the fee as a read',
    mutation: 'MUTATION_READ_FEE',
    fork: 'osaka',
    styles: ['disjoint'],
    by: 're-execution',
  },
  {
    name: 'does not ask again for a balance that was added up',
    mutation: 'MUTATION_TRUST_SUMS',
    fork: 'osaka',
    styles: ['mixed', 'hot', 'chains'],
    by: 'difference',
  },
];

describe('the random blocks', () => {
  for (const fault of FAULTS) {
    it(`catch an executor that ${fault.name}`, { timeout: 120_000 }, async () => {
      const seed = seedFromEnvironment(fault.name);
      expect(await blocksUntilCaught(fault, seed)).toBeLessThan(MAX_BLOCKS);
    });
  }
});

async function blocksUntilCaught({ mutation, fork, styles, by }: Fault, seed: string): Promise<number> {
  const rules = { ...RULES, fork };
  const alloc = randomBlocksAlloc(rules);
  const chain = await createTestChain(alloc);
  try {
    const oracle = await createOracle(rules, alloc);
    const executor = await chain.start(2, { rules, core: { build: 'debug', mutation: await numberOf(mutation) } });
    for (let index = 0; index < MAX_BLOCKS; index++) {
      const block = randomBlock(createRandom(`${seed}/${index}`), rules);
      if (!styles.includes(block.style)) continue;
      const expected = await oracle.run(block.environment, block.transactions);
      const request = { environment: block.environment, transactions: expected.taken, cancel: noCancel() };
      const outcome = await executor.execute(request);
      const caught =
        outcome.status !== 'executed' ||
        (by === 're-execution'
          ? outcome.result.figures.reExecutions > 0
          : (await differenceFromOracle(outcome.result, expected)).length > 0);
      if (caught) return index;
      await expected.forget();
    }
    return MAX_BLOCKS;
  } finally {
    await chain.close();
  }
}

/** The number by which the debug build knows the fault. */
async function numberOf(mutation: Fault['mutation']): Promise<number> {
  return instantiateCore(await loadSharedCore('debug'), 0).layout[mutation];
}
