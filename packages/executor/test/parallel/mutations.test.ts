import type { ExecutionRules, Fork } from '@heddle/primitives';
import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import type { BlockResult } from '../../src/executor-api.ts';
import { type CoreConstant, instantiateCore, type Layout, loadSharedCore } from '../../src/shared-memory/core.ts';
import { blockJob, type JobKind, resultOf } from '../schedules/block-jobs.ts';
import { FAULTS } from '../schedules/faults.ts';
import { randomSchedule } from '../schedules/random-scripts.ts';
import { createScheduledBlocks, type ScheduledBlocks } from '../schedules/scheduled-blocks.ts';
import { poisonUsed } from '../schedules/scripted-block.ts';
import { differenceFromOracle } from './compare.ts';
import { createOracle, type Oracle, type OracleBlock } from './oracle.ts';
import { type RandomBlock, randomBlock, randomBlocksAlloc, type Style, spoilCandidates } from './random-blocks.ts';
import { RULES } from './test-chain.ts';

// Planted faults of values and versions, which random blocks under random schedules must show. Faults of synchronization:
// test/schedules/schedules.test.ts; of the window: test/schedules/window.test.ts; of the cache: flat-cache.test.ts; of
// plain transfers: transfer.test.ts; of deferral and of handing over: test/schedules/schedules.test.ts, deferral.test.ts.

/** Random blocks within which a fault must show. */
const MAX_BLOCKS = 300;
/** Of a switch at a step. */
const CHANCES = [0.1, 0.03];

interface PlantedFault {
  readonly name: string;
  /** What of the rules it breaks. */
  readonly of: 'reads' | 'predicates' | 'amounts' | 'versions' | 'generations';
  readonly mutation: Extract<CoreConstant, `MUTATION_${string}`> | number;
  readonly fork?: Fork;
  readonly styles: readonly Style[];
  /** Whether all transactions of its blocks stand, or some are left out of what is built. Default: they stand. */
  readonly kind?: JobKind;
  /** What shows it: a result that stock execution does not give, or a second run where nobody meets. */
  readonly by?: 'difference' | 're-execution';
}

const PLANTED: readonly PlantedFault[] = [
  {
    name: 'skips the value check',
    of: 'reads',
    mutation: 'MUTATION_SKIP_VALUE_CHECK',
    styles: ['hot', 'chains'],
  },
  {
    name: 'keeps a stale version',
    of: 'versions',
    mutation: 'MUTATION_KEEP_STALE_VERSION',
    styles: ['hot', 'life', 'mixed'],
  },
  {
    name: 'ignores a wipe',
    of: 'generations',
    mutation: 'MUTATION_IGNORE_WIPE',
    fork: 'shanghai',
    styles: ['life'],
  },
  {
    name: 'wipes what a transaction writes after its wipe',
    of: 'generations',
    mutation: FAULTS.wipeTooMuch,
    styles: ['life', 'mixed'],
  },
  {
    name: 'assumes the nonce of an EIP-7702 authority',
    of: 'predicates',
    mutation: 'MUTATION_ASSUME_AUTHORITY_NONCE',
    styles: ['mixed'],
  },
  {
    name: 'compares nothing again that was only compared',
    of: 'predicates',
    mutation: FAULTS.trustPredicates,
    styles: ['mixed', 'chains'],
    kind: 'build',
  },
  {
    name: 'trusts that a contract has what it pays',
    of: 'predicates',
    mutation: 'MUTATION_TRUST_FUNDS',
    styles: ['hot'],
  },
  {
    name: 'counts the fee as a read',
    of: 'amounts',
    mutation: 'MUTATION_READ_FEE',
    styles: ['disjoint'],
    by: 're-execution',
  },
  {
    name: 'does not ask again for a balance that was added up',
    of: 'amounts',
    mutation: 'MUTATION_TRUST_SUMS',
    styles: ['mixed', 'hot', 'chains'],
  },
  {
    name: 'commits an amount as a value',
    of: 'amounts',
    mutation: FAULTS.commitAmount,
    styles: ['mixed', 'chains'],
  },
];

describe('random blocks under random schedules', () => {
  for (const fault of PLANTED) {
    it(`catch an executor that ${fault.name} (${fault.of})`, async () => {
      const seed = seedFromEnvironment(fault.name);
      const caughtAt = await blocksUntilCaught(fault, seed);
      console.log(`caught at block ${caughtAt}`);
      expect(caughtAt).toBeLessThan(MAX_BLOCKS);
    });
  }
});

/** One block under one schedule, and what stock execution makes of it. */
interface Trial {
  readonly index: number;
  readonly seed: string;
  readonly block: RandomBlock;
  /** Of the block, or bad ones among them. */
  readonly candidates: RandomBlock['transactions'];
  readonly expected: OracleBlock;
}

async function blocksUntilCaught(fault: PlantedFault, seed: string): Promise<number> {
  const rules = { ...RULES, fork: fault.fork ?? 'osaka' };
  const oracle = await createOracle(rules, randomBlocksAlloc(rules));
  const blocks = await startThreads(rules, await numberOf(fault.mutation));
  try {
    for (let index = 0; index < MAX_BLOCKS; index++) {
      const trial = await drawTrial({ index, seed, rules, oracle, kind: fault.kind ?? 'execute' });
      const isCaught = fault.styles.includes(trial.block.style) && (await isShown(blocks, trial, fault));
      if (isCaught) await expectUnplanted(rules, trial, fault);
      await trial.expected.forget();
      if (isCaught) return index;
    }
    return MAX_BLOCKS;
  } finally {
    await blocks.close();
  }
}

async function drawTrial(from: {
  readonly index: number;
  readonly seed: string;
  readonly rules: ExecutionRules;
  readonly oracle: Oracle;
  readonly kind: JobKind;
}): Promise<Trial> {
  const { index, seed, rules, oracle, kind } = from;
  const random = createRandom(`${seed}/${index}`);
  const block = randomBlock(random, rules);
  const candidates = kind === 'build' ? spoilCandidates(random, rules, block) : block.transactions;
  return { index, seed, block, candidates, expected: await oracle.run(block.environment, candidates) };
}

/** That it is the fault that shows: the same steps without it come out right. */
async function expectUnplanted(rules: ExecutionRules, trial: Trial, fault: PlantedFault): Promise<void> {
  const sound = await startThreads(rules, 0);
  try {
    expect(await isShown(sound, trial, fault), 'without the fault').toBe(false);
  } finally {
    await sound.close();
  }
}

function startThreads(rules: ExecutionRules, mutation: number): Promise<ScheduledBlocks> {
  return createScheduledBlocks({
    workers: 2,
    worlds: [{ state: { alloc: randomBlocksAlloc(rules) }, rules }],
    mutation,
  });
}

async function isShown(
  blocks: ScheduledBlocks,
  { index, seed, block, candidates, expected }: Trial,
  { by = 'difference', kind = 'execute' }: PlantedFault,
): Promise<boolean> {
  const schedule = randomSchedule(createRandom(`${seed}/${index}/schedule`), 2, CHANCES);
  const run = await blocks.run(
    blockJob(block.environment, kind === 'build' ? candidates : expected.taken, kind),
    schedule,
  );
  if (run.fault !== undefined || run.block instanceof Error || run.block.status !== 'done') return true;
  const result: BlockResult = await resultOf(run.block);
  poisonUsed(blocks);
  if (by === 're-execution') return result.figures.reExecutions > 0;
  return (await differenceFromOracle(result, expected)).length > 0;
}

/** The number by which the debug build knows the fault. */
async function numberOf(mutation: PlantedFault['mutation']): Promise<number> {
  if (typeof mutation === 'number') return mutation;
  const layout: Layout = instantiateCore(await loadSharedCore('debug'), 0).layout;
  return layout[mutation];
}
