import { bytesToHex, OPCODES } from '@heddle/primitives';
import { createRandom, withCodesHotFrom } from '@heddle/testkit';
import { expect } from 'vitest';
import type { BlockResult, Executor } from '../../src/executor-api.ts';
import { CALLED_PRECOMPILES } from '../evm/random-reach.ts';
import { blockJob, resultAfter } from '../schedules/block-jobs.ts';
import { randomSchedule } from '../schedules/random-scripts.ts';
import { createScheduledBlocks, type ScheduledBlocks } from '../schedules/scheduled-blocks.ts';
import { poisonUsed } from '../schedules/scripted-block.ts';
import { differenceFromOracle } from './compare.ts';
import { createOracle, type Oracle, type OracleBlock, type Trace } from './oracle.ts';
import { type RandomCode, randomCode } from './random-code-blocks.ts';
import { createTestChain, noCancel, RULES } from './test-chain.ts';

/** Blocks on one set of programs: new ones cost threads, a store and an oracle. */
const BLOCKS_PER_STATE = 125;
/** Of workers that run freely. */
const WORKER_COUNTS = [1, 2] as const;
/** Of those that take turns, and how likely a switch at a step is. */
const SCHEDULED = { workers: 3, chances: [0.1, 0.03] };

/** What the transactions of a run came to. */
interface Tally {
  cases: number;
  /** That ended, or reverted, by their own will. */
  unhalted: number;
  nesting: number;
  succeeded: number;
  /** Of the runs under schedules. */
  reExecutions: number;
  /** Successful transactions in which each opcode, and each precompile, occurs. */
  readonly opcodes: Map<number, number>;
  readonly precompiles: Map<number, number>;
}

/**
 * Runs at least `count` transactions of random programs in blocks, each plainly, on 1 and 2 workers that run freely and on 3 under a
 * schedule, against stock execution.
 */
export async function checkRandomCode(count: number, seed: string): Promise<void> {
  const counts = { cases: 0, unhalted: 0, nesting: 0, succeeded: 0, reExecutions: 0 };
  const tally: Tally = { ...counts, opcodes: new Map(), precompiles: new Map() };
  for (let state = 0; tally.cases < count; state++) {
    const check = () => checkState(`${seed}/${state}`, count, tally);
    // Of every second state, the EVMs of this thread run all codes in cells from the first run on.
    await (state % 2 === 0 ? check() : withCodesHotFrom(0, check));
  }
  report(tally);
  expect(tally.unhalted / tally.cases, 'end without an exceptional halt').toBeGreaterThan(1 / 2);
  expect(tally.nesting / tally.cases, 'make nested calls').toBeGreaterThan(1 / 3);
  expect(tally.reExecutions / tally.cases, 'clash').toBeGreaterThan(1 / 20);
  const share = (found: ReadonlyMap<number, number>, what: number) => (found.get(what) ?? 0) / tally.succeeded;
  for (const [name, opcode] of Object.entries(OPCODES))
    expect(share(tally.opcodes, opcode), name).toBeGreaterThan(0.01);
  for (const address of CALLED_PRECOMPILES) {
    expect(share(tally.precompiles, address), `precompile ${address}`).toBeGreaterThan(0.01);
  }
}

function report({ opcodes, precompiles, ...counts }: Tally): void {
  const rarest = (names: readonly (readonly [string, number])[], found: ReadonlyMap<number, number>) =>
    names
      .map(([name, key]) => [name, (found.get(key) ?? 0) / counts.succeeded] as const)
      .sort(([, left], [, right]) => left - right)
      .slice(0, 4)
      .map(([name, share]) => `${name} ${(100 * share).toFixed(1)} %`)
      .join(', ');
  const addresses = CALLED_PRECOMPILES.map((address) => [String(address), address] as const);
  console.log(
    `random code: ${JSON.stringify(counts)}; rarest opcodes of successful ones: ${rarest(Object.entries(OPCODES), opcodes)}; ` +
      `precompiles: ${rarest(addresses, precompiles)}`,
  );
}

async function checkState(seed: string, count: number, tally: Tally): Promise<void> {
  const code = randomCode(createRandom(seed));
  const chain = await createTestChain(code.alloc);
  const worlds = [{ state: { alloc: code.alloc }, rules: RULES }];
  const scheduled = await createScheduledBlocks({ workers: SCHEDULED.workers, worlds });
  try {
    const executors = [await chain.startPlain()];
    for (const workers of WORKER_COUNTS) executors.push(await chain.start(workers));
    const oracle = await createOracle(RULES, code.alloc, { watches: true });
    for (let index = 0; index < BLOCKS_PER_STATE && tally.cases < count; index++) {
      await checkBlock({ code, oracle, executors, scheduled }, `${seed}/${index}`, tally);
    }
  } finally {
    await scheduled.close();
    await chain.close();
  }
}

/** Where blocks are run. */
interface Place {
  readonly code: RandomCode;
  readonly oracle: Oracle;
  readonly executors: readonly Executor[];
  readonly scheduled: ScheduledBlocks;
}

async function checkBlock({ code, oracle, executors, scheduled }: Place, seed: string, tally: Tally): Promise<void> {
  const random = createRandom(seed);
  const { environment, transactions } = code.draw(random);
  const expected = await oracle.run(environment, transactions);
  expect([...expected.leftOut.values()], seed).toEqual([]);
  for (const executor of executors) {
    const outcome = await executor.execute({ environment, transactions: expected.taken, cancel: noCancel() });
    const where = `block ${seed} on ${executor.workerCount} workers`;
    if (outcome.status !== 'executed') expect.fail(`${where}: ${JSON.stringify(outcome)}`);
    await expectEqual(outcome.result, expected, { code, where });
  }
  const schedule = randomSchedule(random, SCHEDULED.workers, SCHEDULED.chances);
  const where = `block ${seed} under a schedule`;
  const result = await resultAfter(
    await scheduled.run(blockJob(environment, expected.taken, 'execute'), schedule),
    where,
  );
  poisonUsed(scheduled);
  await expectEqual(result, expected, { code, where });
  tally.reExecutions += result.figures.reExecutions;
  for (const { succeeded, trace } of expected.receipts) if (trace !== undefined) count(tally, succeeded, trace);
  await expected.forget();
}

async function expectEqual(
  result: BlockResult,
  expected: OracleBlock,
  { code, where }: { readonly code: RandomCode; readonly where: string },
): Promise<void> {
  expect(await differenceFromOracle(result, expected, { alloc: code.alloc }), where).toEqual([]);
  expect(await slotsMissed(result, expected, code), where).toEqual([]);
}

/** Slots of the programs that our execution has not changed and stock has. */
async function slotsMissed(
  result: BlockResult,
  expected: OracleBlock,
  { alloc, slots }: RandomCode,
): Promise<string[]> {
  const missed: string[] = [];
  const called = new Set(expected.receipts.flatMap(({ trace }) => [...(trace?.callees ?? [])]));
  for (const { address, storage } of alloc) {
    if (!called.has(address)) continue;
    for (const slot of slots) {
      if (result.diff.slots.get(address)?.has(slot)) continue;
      const theirs = await expected.slot(address, slot);
      if (theirs !== (storage.get(slot) ?? ZERO)) missed.push(`${address} ${slot}: ${theirs}`);
    }
  }
  return missed;
}

const ZERO = bytesToHex(new Uint8Array(32));

function count(tally: Tally, succeeded: boolean, { opcodes, callees, depth, halt }: Trace): void {
  tally.cases++;
  if (succeeded || halt === 'revert') tally.unhalted++;
  if (depth > 0) tally.nesting++;
  if (!succeeded) return;
  tally.succeeded++;
  for (const opcode of opcodes) tally.opcodes.set(opcode, (tally.opcodes.get(opcode) ?? 0) + 1);
  for (const address of CALLED_PRECOMPILES) {
    if (callees.has(`0x${address.toString(16).padStart(40, '0')}`)) {
      tally.precompiles.set(address, (tally.precompiles.get(address) ?? 0) + 1);
    }
  }
}
