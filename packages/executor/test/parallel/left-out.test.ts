import { beforeEach, describe, expect, it } from 'vitest';
import { leftOutCandidates } from '../../src/block-summary.ts';
import { type Core, instantiateCore, loadSharedCore } from '../../src/shared-memory/core.ts';
import { type BlockJob, layOutBlock } from '../../src/shared-memory/lay-out-block.ts';
import { readRow, readRowFault } from '../../src/shared-memory/rows.ts';
import { environment, RULES } from './test-chain.ts';

// Two workers of one memory in one thread, which build a block of six candidates until the clock says 1,000.

const BUDGET_MS = 1_000;
const BALANCE = 0;

let zero: Core;
let one: Core;
let job: BlockJob;

beforeEach(async () => {
  const shared = await loadSharedCore('debug');
  zero = instantiateCore(shared, 0);
  one = instantiateCore(shared, 1);
  const { layout, memory, steps } = zero;
  const transactions = Array.from({ length: 6 }, () => ({ raw: new Uint8Array(10), sender: account(0xee) }));
  const context = { environment: environment(), hashes: { parentNumber: 0, bytes: new Uint8Array(32) } };
  const limits = { sizeLimitBytes: 1_000_000, timeBudgetMs: BUDGET_MS, deadline: BUDGET_MS };
  job = { context, transactions, limits, rules: RULES };
  layOutBlock(zero, job, { workerCount: 2, pending: [] });
  one.memory.refresh(memory.u32(layout.POOL_END));
  one.steps.enterBlock();
  for (const index of [0, 1]) memory.store(steps.workerStateAddress(index), layout.WORKER_RUNNING);
  steps.setBeneficiary(entryOf(0xfe));
});

const account = (index: number): `0x${string}` => `0x${'00'.repeat(19)}${index.toString(16).padStart(2, '0')}`;

function entryOf(index: number): number {
  const { layout, memory, scratch, steps } = zero;
  memory.setHex(scratch, account(index));
  const entry = steps.internAccount(scratch);
  memory.setWord(scratch + 64, 0n);
  for (let field = 0; field < 4; field++) {
    steps.publishBase(entry + layout.ENTRY_HEADS + field * layout.HEAD_SIZE, scratch + 64);
  }
  return entry;
}

const headOf = (index: number) => entryOf(index) + zero.layout.ENTRY_HEADS + BALANCE * zero.layout.HEAD_SIZE;
const balanceOf = (index: number) =>
  zero.memory.word(zero.steps.committedRecord(headOf(index)) + zero.layout.RECORD_VALUE);
const finish = ({ layout, steps }: Core, now: number, result = { place: 0, size: 0 }) =>
  steps.finishRun(layout.OUTCOME_EXECUTED, 21_000, 0, result.place, result.size, now);
const statusOf = (tx: number) => zero.steps.rowAt(tx) + zero.layout.ROW_STATUS;
const verdictOf = (tx: number) => readRow(zero, tx).verdict;

function add(index: number, amount: bigint): void {
  const { layout, memory, scratch, steps } = zero;
  const head = headOf(index);
  memory.setWord(scratch + 64, amount);
  expect(steps.write(head, layout.WRITE_ADD, scratch + 64)).toBe(1);
}

/** Of the first `count` candidates. */
function leftOut(count: number) {
  const rows = Array.from({ length: count }, (_, tx) => readRow(zero, tx));
  const committed = rows.filter(({ verdict }) => verdict === zero.layout.VERDICT_COMMITTED);
  return leftOutCandidates({ core: zero, rows, committed, job }).map(({ why, reason }) => ({ why, reason }));
}

describe('a candidate whose turn comes after the time', () => {
  /** Transaction 0 runs at the frontier; transaction 1 for `ms` as speculation, and is given up. */
  function runBoth(ms: number): void {
    expect(zero.steps.next(1)).toBe(0);
    expect(one.steps.next(1)).toBe(1);
    one.steps.abandonRun(1 + ms);
  }

  it('is too slow by the run that took most of it', () => {
    runBoth(900);
    finish(zero, 1_001);
    expect(zero.steps.next(1_001)).toBe(zero.layout.TASK_STOP);
    expect(verdictOf(1)).toBe(zero.layout.VERDICT_TOO_SLOW);
  });

  it('is too slow by the run that is under way', () => {
    expect(zero.steps.next(1)).toBe(0);
    expect(one.steps.next(1)).toBe(1);
    finish(zero, 910);
    expect(zero.steps.next(1_001)).toBe(zero.layout.TASK_STOP);
    expect(verdictOf(1)).toBe(zero.layout.VERDICT_TOO_SLOW);
  });

  it('is not too slow by an earlier run, when the one that is under way has just begun', () => {
    expect(zero.steps.next(1)).toBe(0);
    expect(one.steps.next(1)).toBe(1);
    const executing = zero.memory.u32(statusOf(1));
    one.steps.abandonRun(5);
    // As a worker leaves it that has claimed the transaction and not noted the time yet.
    zero.memory.setU32(statusOf(1), executing + (1 << 16));
    finish(zero, 1_001);
    expect(zero.steps.next(1_001)).toBe(zero.layout.TASK_STOP);
    expect(verdictOf(1)).toBe(zero.layout.VERDICT_TIME);
  });

  it('is not too slow by an earlier run, when the last one ended with its worker', () => {
    runBoth(900);
    finish(zero, 910);
    expect(zero.steps.next(911), 'what was given up, now that it is its turn').toBe(1);
    zero.memory.store(zero.steps.workerStateAddress(0), zero.layout.WORKER_DEAD);
    expect(one.steps.next(1_001)).toBe(one.layout.TASK_STOP);
    expect(verdictOf(1)).toBe(zero.layout.VERDICT_TIME);
  });
});

describe('a candidate that cannot be committed for want of memory', () => {
  it('is left out whole, and the build goes on', () => {
    const { layout, memory, steps } = zero;
    expect(steps.next(1)).toBe(0);
    const place = steps.allocate(16);
    memory.set(place, Buffer.from('what it came to.'));
    for (const index of [1, 2, 3]) add(index, 5n);
    const end = memory.u32(layout.POOL_END);
    memory.setU32(layout.POOL_END, 0);
    while (steps.allocate(16) !== 0); // the rest of the worker's chunk
    finish(zero, 2, { place, size: 16 });
    expect(steps.next(3)).toBe(1);
    expect(verdictOf(0)).toBe(layout.VERDICT_MEMORY);
    expect(readRowFault(zero, 0)).toBe('the memory of the block is used up');
    expect([1, 2, 3].map(balanceOf)).toEqual([0n, 0n, 0n]);
    memory.setU32(layout.POOL_END, end);
    add(1, 7n);
    finish(zero, 4);
    expect(steps.next(5)).toBe(2);
    expect([verdictOf(1), balanceOf(1)]).toEqual([layout.VERDICT_COMMITTED, 7n]);
  });

  it('is to blame only if it had the memory to itself', () => {
    const { layout, memory, steps } = zero;
    const starve = (tx: number) => {
      expect(steps.next(tx)).toBe(tx);
      steps.finishRun(layout.OUTCOME_STARVED, 0, 0, 0, 0, tx);
    };
    starve(0);
    starve(1);
    const text = steps.allocate(16);
    expect(steps.next(2)).toBe(2);
    memory.set(text, Buffer.from('a fault of ours.'));
    steps.finishRun(layout.OUTCOME_FAILED, 0, 0, text, 16, 2);
    expect(steps.next(3)).toBe(3);
    const reason = 'the memory of the block is used up';
    expect(leftOut(3)).toEqual([
      { why: 'failed', reason },
      { why: 'unfit', reason },
      { why: 'failed', reason: 'a fault of ours.' },
    ]);
    finish(zero, 3);
    expect(steps.next(4)).toBe(4);
    expect(leftOut(4)[0], 'with one that was committed').toEqual({ why: 'unfit', reason });
  });
});
