import { GWEI, testAccount } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import type { Row } from '../../src/shared-memory/rows.ts';
import { authorize } from '../support/authorize.ts';
import { FAULTS } from './faults.ts';
import { createScheduledBlocks, type ScheduledBlocks, type ScheduledRun } from './scheduled-blocks.ts';
import {
  actualOf,
  expectedOf,
  jobOf,
  poisonUsed,
  type ScriptedBlock,
  type ScriptedTransaction,
} from './scripted-block.ts';
import { SCRIPTED, type Script } from './scripted-engine.ts';

// What keeps losing to its own kind runs once each, one after another, and what is beside it is none the worse.

const LENGTH = 96;
const SEEDS = [1, 2, 3];
/** How likely another worker's turn comes before an atomic access: so that all are awake, or so that most sleep soon. */
const OFTEN = 0.2;
const SELDOM = 0.01;
/** By workers: runs of a transaction, with those that taught the scheduler better. */
const MOST_RUNS = { 2: 1.08, 8: 1.2 } as const;

/** Looks of two workers at a transaction of a chain. */
const MOST_LOOKS = 6;
/** How much kinds are at odds for as long as a block takes. */
const AT_ODDS_THROUGHOUT = 200;

/** Each adds 1 to the slot of all. */
const CHAIN: ScriptedBlock = {
  slots: [5n],
  transactions: Array.from({ length: LENGTH }, () => ({ script: adding(0) })),
};
/** A chain, and then as many of its kind that meet nobody. */
const ENDED: ScriptedBlock = {
  slots: [5n, ...Array.from({ length: LENGTH / 2 }, () => 1n)],
  transactions: Array.from({ length: LENGTH }, (_, tx) => ({ script: adding(Math.max(0, tx + 1 - LENGTH / 2)) })),
};
/** A chain of one kind, and among it as many of other kinds that meet nobody. */
const BESIDE: ScriptedBlock = {
  slots: [5n, ...Array.from({ length: LENGTH / 2 }, () => 1n)],
  transactions: Array.from({ length: LENGTH }, (_, tx) =>
    tx % 2 === 0 ? { script: adding(0) } : { script: adding((tx + 1) / 2), kind: tx },
  ),
};
/** Two chains of a kind each, in turns. */
const TWO: ScriptedBlock = {
  slots: [5n, 7n],
  transactions: Array.from({ length: LENGTH }, (_, tx) => ({ script: adding(tx % 2), kind: tx % 2 })),
};
/** A chain as long as the window of three workers, and then others that meet nobody: who waits has to be called for them. */
const LATER: ScriptedBlock = {
  slots: [5n, ...Array.from({ length: LENGTH / 4 }, () => 1n)],
  transactions: Array.from({ length: (LENGTH * 5) / 4 }, (_, tx) =>
    tx < LENGTH ? { script: adding(0) } : { script: adding(tx - LENGTH + 1), kind: tx },
  ),
};
/** All types of a call. */
const ENVELOPES: readonly ScriptedTransaction['envelope'][] = [
  { type: 0 },
  { type: 1 },
  { type: 2 },
  { type: 3, maxFeePerBlobGas: GWEI, blobVersionedHashes: [`0x01${'00'.repeat(31)}`] },
  { type: 4, authorizationList: [authorize(testAccount(0, 'authority'), SCRIPTED, 0n)] },
];

function adding(slot: number): Script {
  return [['read', slot], ['add', 1], ['poll'], ['write', slot]];
}

describe('a chain', () => {
  it.each([2, 8] as const)('costs little more than one run each on %i workers', async (workers) => {
    expect(await runsOf(CHAIN, workers)).toBeLessThan(MOST_RUNS[workers]);
  });

  it.each([2, 8] as const)('costs more where nobody is deferred on %i workers', async (workers) => {
    expect(await runsOf(CHAIN, workers, FAULTS.neverDefer)).toBeGreaterThan(MOST_RUNS[workers]);
  });

  it('costs more where its kind is tried again and again', async () => {
    expect(await runsOf(CHAIN, 2, FAULTS.coolAnyway)).toBeGreaterThan(MOST_RUNS[2]);
  });

  it('is forgotten once it has ended', async () => {
    expect(await aheadOf(ENDED, 0)).toBeGreaterThan(LENGTH / 4);
    expect(await aheadOf(ENDED, FAULTS.neverCool)).toBe(0);
  });

  it('leaves what is beside it to the other workers', async () => {
    const shares = new Map<number, number>();
    expect(await runsOf(BESIDE, 2, 0, shares)).toBeLessThan(MOST_RUNS[2]);
    for (const share of shares.values()) expect(share / LENGTH / SEEDS.length).toBeGreaterThan(1 / 4);
  });
});

describe('a stretch of one kind', () => {
  it('is passed over at once', async () => {
    expect(await looksOf(CHAIN, 0)).toBeLessThan(MOST_LOOKS);
  });

  it('takes more looks where each is looked at', async () => {
    expect(await looksOf(CHAIN, FAULTS.neverPassOver)).toBeGreaterThan(MOST_LOOKS);
  });

  it('ends where another kind comes, in whatever block', async () => {
    expect(await faultOf([CHAIN, BESIDE, TWO], 0)).toBeUndefined();
  });

  it.each(['stretchOverOthers', 'keepStretch'] as const)('is seen where it does not end: %s', async (fault) => {
    expect(await faultOf([CHAIN, BESIDE, TWO], FAULTS[fault])).toBe('waits beside work');
  });
});

describe('whoever runs a chain at the frontier', () => {
  it('calls those that wait for what comes after it', async () => {
    expect(await faultOf([LATER], 0, SELDOM)).toBeUndefined();
  });

  it('is seen to call nobody', async () => {
    expect(await faultOf([LATER], FAULTS.holdBackAll, SELDOM)).toBe('waits beside work');
  });
});

describe('a kind', () => {
  it('is of all that call a contract, in whatever envelope', async () => {
    const transactions = ENVELOPES.map((envelope) => ({ script: adding(0), envelope }));
    const worlds = [{ state: { slots: [5n] } }];
    const blocks = await createScheduledBlocks({ workers: 1, worlds, warmSlots: 1, heat: 100 });
    try {
      const block = { slots: [5n], transactions };
      const run = await blocks.run(jobOf(block), { workers: 1, random: { seed: 1, chance: 0.2 } });
      expect(actualOf(blocks, run, block)).toBe(expectedOf(block));
      const { layout, memory, steps } = blocks.instance.core;
      const kinds = transactions.map((_, tx) => memory.u32(steps.rowAt(tx) + layout.ROW_KIND));
      expect(new Set(kinds).size).toBe(1);
      expect(kinds[0]).toBeGreaterThan(1); // which is what cannot be told apart
    } finally {
      await blocks.close();
    }
  });
});

/** How many of the second half of `block` two workers ran ahead of their turn. */
async function aheadOf(block: ScriptedBlock, mutation: number): Promise<number> {
  let ahead = 0;
  await eachRun([block], { workers: 2, mutation }, (run) => {
    ahead += rowsOf(run).filter(({ tx, speculativeRuns }) => tx >= LENGTH / 2 && speculativeRuns > 0).length;
  });
  console.log(`second half: ${ahead / SEEDS.length} of ${LENGTH / 2} ahead of their turn`);
  return ahead / SEEDS.length;
}

/** How often two workers look at a transaction of `block` that somebody may run ahead of its turn, over all seeds. */
async function looksOf(block: ScriptedBlock, mutation: number): Promise<number> {
  let looks = 0;
  await eachRun([block], { workers: 2, mutation, heat: AT_ODDS_THROUGHOUT }, (_, records) => {
    looks += records.filter(({ place }) => place.startsWith('scheduler.ts') && place.includes('word = ')).length;
  });
  const each = looks / SEEDS.length / block.transactions.length;
  console.log(`${mutation === 0 ? 'passed over' : 'each looked at'}: ${each.toFixed(1)} looks each`);
  return each;
}

/** What first goes wrong with `blocks`, one after another. */
async function faultOf(
  blocks: readonly ScriptedBlock[],
  mutation: number,
  chance?: number,
): Promise<ScheduledRun['fault']> {
  let first: ScheduledRun['fault'];
  await eachRun(blocks, { workers: 3, mutation, heat: AT_ODDS_THROUGHOUT, chance }, ({ fault }) => {
    first ??= fault;
  });
  return first;
}

interface RunOptions {
  readonly workers: number;
  readonly mutation: number;
  readonly heat?: number;
  readonly chance?: number | undefined;
}

async function eachRun(
  blocks: readonly ScriptedBlock[],
  { workers, mutation, heat = 0, chance = OFTEN }: RunOptions,
  look: (run: ScheduledRun, records: ReturnType<ScheduledBlocks['records']>) => void,
): Promise<void> {
  const warmSlots = Math.max(...blocks.map(({ slots }) => slots.length));
  const worlds = blocks.map(({ slots }) => ({ state: { slots } }));
  const scheduled = await createScheduledBlocks({ workers, worlds, warmSlots, mutation, heat });
  try {
    for (const seed of SEEDS) {
      for (const [world, block] of blocks.entries()) {
        const run = await scheduled.run(jobOf(block), { workers, random: { seed, chance } }, world);
        if (mutation === 0) expect(actualOf(scheduled, run, block)).toBe(expectedOf(block));
        look(run, scheduled.records());
        poisonUsed(scheduled);
      }
    }
  } finally {
    await scheduled.close();
  }
}

/** Runs of a transaction of `block`, over all seeds; adds to `shares` who ran how many last. */
async function runsOf(
  block: ScriptedBlock,
  workers: number,
  mutation = 0,
  shares = new Map<number, number>(),
): Promise<number> {
  let runs = 0;
  await eachRun([block], { workers, mutation }, (run) => {
    for (const row of rowsOf(run)) {
      runs += row.runs;
      shares.set(row.lastWorker, (shares.get(row.lastWorker) ?? 0) + 1);
    }
  });
  const each = runs / SEEDS.length / block.transactions.length;
  console.log(`${workers} workers${mutation === 0 ? '' : `, fault ${mutation}`}: ${each.toFixed(2)} runs each`);
  return each;
}

function rowsOf({ block }: ScheduledRun): readonly Row[] {
  if (block instanceof Error || block.status !== 'done') expect.fail('the block came to its end');
  return block.rows;
}
