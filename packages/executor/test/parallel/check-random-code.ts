import { type Address, bytesToHex, type ExecutionRules, type Fork, OPCODES } from '@heddle/primitives';
import { createRandom, withCodesHotFrom } from '@heddle/testkit';
import { expect } from 'vitest';
import type { BlockResult, Executor } from '../../src/executor-api.ts';
import { CALLED_PRECOMPILES } from '../evm/random-reach.ts';
import { blockJob, resultAfter } from '../schedules/block-jobs.ts';
import { randomSchedule } from '../schedules/random-scripts.ts';
import { createScheduledBlocks, type ScheduledBlocks } from '../schedules/scheduled-blocks.ts';
import { poisonUsed } from '../schedules/scripted-block.ts';
import type { Schedule } from '../schedules/turns.ts';
import { checkOrShrink } from '../support/shrink-block.ts';
import { differenceFromOracle } from './compare.ts';
import { createOracle, type Oracle, type OracleBlock, type Trace } from './oracle.ts';
import { type RandomCode, type RandomCodeBlock, randomCode, spoilBlock } from './random-code-blocks.ts';
import { createTestChain, noCancel, RULES } from './test-chain.ts';

/** Blocks on one set of programs: new ones cost threads, a store and an oracle. */
const BLOCKS_PER_STATE = 125;
const EARLIER_FORKS: readonly Fork[] = ['berlin', 'london', 'paris', 'shanghai', 'cancun', 'prague'];
/** One block in so many is built, too. */
const BUILD_STRIDE = 8;
/** Of workers that run freely. */
const WORKER_COUNTS = [1, 2] as const;
/** Of those that take turns, and how likely a switch at a step is. */
const SCHEDULED = { workers: 3, chances: [0.1, 0.03] };

/** What the transactions of a run came to. */
interface Tally {
  cases: number;
  /** To build blocks from, and those that were taken. */
  candidates: number;
  taken: number;
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
 * Runs at least `count` transactions of random programs in blocks, each plainly, on 1 and 2 workers that run freely and on 3
 * under a schedule, against stock execution; builds some of the blocks from candidates that do not all stand.
 */
export async function checkRandomCode(count: number, seed: string): Promise<void> {
  const tally = newTally();
  for (let state = 0; tally.cases < count; state++) {
    const check = () => checkState(`${seed}/${state}`, RULES, { tally, blocks: BLOCKS_PER_STATE, most: count });
    await inCells(state % 2 === 1, check);
  }
  report(tally);
  const taken = tally.taken / tally.candidates;
  expect(Math.min(taken, 1 - taken), 'candidates are taken, and left out').toBeGreaterThan(1 / 5);
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

/** The same of `blocks` blocks of each earlier fork. */
export async function checkRandomCodeOfForks(seed: string, blocks: number): Promise<void> {
  for (const [index, fork] of EARLIER_FORKS.entries()) {
    const tally = newTally();
    const check = () => checkState(`${seed}/${fork}`, { ...RULES, fork }, { tally, blocks });
    await inCells(index % 2 === 1, check);
    const { cases, unhalted, nesting, candidates, taken } = tally;
    console.log(`random code of ${fork}: ${JSON.stringify({ cases, unhalted, nesting, candidates, taken })}`);
    expect(unhalted / cases, `${fork}: end without an exceptional halt`).toBeGreaterThan(1 / 3);
  }
}

/** Whether the EVMs of this thread run all codes in cells from the first run on. */
function inCells(isWanted: boolean, check: () => Promise<void>): Promise<void> {
  return isWanted ? withCodesHotFrom(0, check) : check();
}

function newTally(): Tally {
  const counts = { cases: 0, candidates: 0, taken: 0, unhalted: 0, nesting: 0, succeeded: 0, reExecutions: 0 };
  return { ...counts, opcodes: new Map(), precompiles: new Map() };
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

async function checkState(
  seed: string,
  rules: ExecutionRules,
  { tally, blocks, most = Infinity }: { readonly tally: Tally; readonly blocks: number; readonly most?: number },
): Promise<void> {
  const code = randomCode(createRandom(seed), rules.fork);
  const chain = await createTestChain(code.alloc);
  const worlds = [{ state: { alloc: code.alloc }, rules }];
  const scheduled = await createScheduledBlocks({ workers: SCHEDULED.workers, worlds });
  try {
    const executors = [await chain.startPlain(rules)];
    for (const workers of WORKER_COUNTS) executors.push(await chain.start(workers, { rules }));
    const oracle = await createOracle(rules, code.alloc, { watches: true });
    const place = { rules, code, oracle, executors, scheduled };
    for (let index = 0; index < blocks && tally.cases < most; index++) {
      const block = await checkBlock(place, `${seed}/${index}`, tally);
      if (index % BUILD_STRIDE === 0) await checkBuild(place, block, { seed: `${seed}/${index}/build`, tally });
    }
  } finally {
    await scheduled.close();
    await chain.close();
  }
}

/** Where blocks are run. */
interface Place {
  readonly rules: ExecutionRules;
  readonly code: RandomCode;
  readonly oracle: Oracle;
  readonly executors: readonly Executor[];
  readonly scheduled: ScheduledBlocks;
}

async function checkBlock(place: Place, seed: string, tally: Tally): Promise<RandomCodeBlock> {
  const random = createRandom(seed);
  const block = place.code.draw(random);
  const schedule = randomSchedule(random, SCHEDULED.workers, SCHEDULED.chances);
  await checkOrShrink(`block ${seed}`, block.transactions, async (transactions) => {
    const expected = await place.oracle.run(block.environment, transactions);
    await checkExecution(place, block, { expected, schedule, tally }).finally(expected.forget);
  });
  return block;
}

interface ExecutionCheck {
  /** What stock made of the block, or of some of its transactions. */
  readonly expected: OracleBlock;
  readonly schedule: Schedule;
  readonly tally: Tally;
}

async function checkExecution(
  { rules, code, executors, scheduled }: Place,
  { environment, transactions }: RandomCodeBlock,
  { expected, schedule, tally }: ExecutionCheck,
): Promise<void> {
  // Of some of its transactions those are left out that come after a nonce that is not there.
  const isWhole = expected.taken.length + expected.leftOut.size === transactions.length;
  if (isWhole) expect([...expected.leftOut.values()]).toEqual([]);
  for (const executor of executors) {
    const outcome = await executor.execute({ environment, transactions: expected.taken, cancel: noCancel() });
    const where = `on ${executor.workerCount} workers`;
    if (outcome.status !== 'executed') expect.fail(`${where}: ${JSON.stringify(outcome)}`);
    await expectEqual(outcome.result, expected, { code, where });
  }
  const where = 'under a schedule';
  const job = { ...blockJob(environment, expected.taken, 'execute'), rules };
  const result = await resultAfter(await scheduled.run(job, schedule), where);
  poisonUsed(scheduled);
  await expectEqual(result, expected, { code, where });
  tally.reExecutions += result.figures.reExecutions;
  for (const { succeeded, trace } of expected.receipts) if (trace !== undefined) count(tally, succeeded, trace);
}

/** Builds from candidates: what is taken and what is not is as with stock, which takes one after the other. */
async function checkBuild(
  { rules, code, oracle, executors, scheduled }: Place,
  block: RandomCodeBlock,
  { seed, tally }: { readonly seed: string; readonly tally: Tally },
): Promise<void> {
  const random = createRandom(seed);
  const { environment, candidates, sizeLimitBytes } = spoilBlock(random, block);
  const expected = await oracle.run(environment, candidates, { sizeLimitBytes });
  const taken = expected.taken.map(({ raw }) => raw);
  const isUnfit = [...expected.leftOut.values()].map((reason) => reason === 'does not fit');
  for (const executor of executors) {
    const where = `build ${seed} on ${executor.workerCount} workers`;
    const request = { environment, candidates, sizeLimitBytes, timeBudgetMs: 600_000, cancel: noCancel() };
    const outcome = await executor.build(request);
    if (outcome.status !== 'built') expect.fail(`${where}: ${outcome.status}`);
    expect(outcome.result.transactions, where).toEqual(taken);
    expect(
      outcome.leftOut.map(({ reason }) => /limit reached$/.test(reason)),
      where,
    ).toEqual(isUnfit);
    await expectEqual(outcome.result, expected, { code, where });
  }
  const where = `build ${seed} under a schedule`;
  const limits = { sizeLimitBytes, deadline: Infinity, timeBudgetMs: Infinity };
  const job = { ...blockJob(environment, candidates, 'build'), rules, limits };
  const schedule = randomSchedule(random, SCHEDULED.workers, SCHEDULED.chances);
  const result = await resultAfter(await scheduled.run(job, schedule), where);
  poisonUsed(scheduled);
  expect(result.transactions, where).toEqual(taken);
  await expectEqual(result, expected, { code, where });
  tally.candidates += candidates.length;
  tally.taken += taken.length;
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
    if (!called.has(address) || isWiped(result, address)) continue;
    const changed = new Set(result.diff.slots.get(address)?.keys());
    for (const slot of slots) {
      if (changed.has(slot)) continue;
      const theirs = await expected.slot(address, slot);
      if (theirs !== (storage.get(slot) ?? ZERO)) missed.push(`${address} ${slot}: ${theirs}`);
    }
  }
  return missed;
}

/** Whether all of its slots went with the account, as they did before EIP-6780. */
function isWiped({ diff }: BlockResult, address: Address): boolean {
  const change = diff.accounts.get(address);
  return change !== undefined && change.before?.incarnation !== change.after?.incarnation;
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
