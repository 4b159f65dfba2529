import { readFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Core, instantiateCore, loadSharedCore } from '../../src/shared-memory/core.ts';
import { layOutBlock } from '../../src/shared-memory/lay-out-block.ts';
import { publishedVersions } from '../../src/shared-memory/published-versions.ts';
import { readRow } from '../../src/shared-memory/rows.ts';
import { environment, RULES } from './test-chain.ts';

// Two workers of one memory in one thread: each step of one falls between two steps of the other, as a test says.

let zero: Core;
let one: Core;
let now = 0;
const BALANCE = 0;

beforeEach(async () => {
  const shared = await loadSharedCore('debug');
  zero = instantiateCore(shared, 0);
  one = instantiateCore(shared, 1);
  now = 1;
  const { layout, memory, steps } = zero;
  const transactions = Array.from({ length: 6 }, () => ({ raw: new Uint8Array(10), sender: account(0xee) }));
  const hashes = { parentNumber: 0, bytes: new Uint8Array(32) };
  layOutBlock(
    zero,
    { context: { environment: environment(), hashes }, transactions, limits: undefined, rules: RULES },
    { workerCount: 2, pending: [] },
  );
  one.memory.refresh(memory.u32(layout.POOL_END));
  one.steps.enterBlock();
  for (const index of [0, 1]) memory.store(steps.workerStateAddress(index), layout.WORKER_RUNNING);
  steps.setBeneficiary(entryOf(zero, 0xfe));
});

const account = (index: number): `0x${string}` => `0x${'00'.repeat(19)}${index.toString(16).padStart(2, '0')}`;

function entryOf({ layout, memory, scratch, steps }: Core, index: number): number {
  memory.setHex(scratch, account(index));
  const entry = steps.internAccount(scratch);
  memory.setWord(scratch + 64, 0n);
  for (let field = 0; field < 4; field++) {
    expect(steps.publishBase(entry + layout.ENTRY_HEADS + field * layout.HEAD_SIZE, scratch + 64)).toBe(1);
  }
  return entry;
}

const headOf = (core: Core, index: number) =>
  entryOf(core, index) + core.layout.ENTRY_HEADS + BALANCE * core.layout.HEAD_SIZE;
const next = (core: Core) => core.steps.next(now++);

function read(core: Core, index: number): bigint {
  const record = core.steps.readExact(headOf(core, index));
  expect(record).not.toBe(0);
  return core.memory.word(record + core.layout.RECORD_VALUE);
}

function write(core: Core, index: number, value: bigint): void {
  const head = headOf(core, index);
  core.memory.setWord(core.scratch + 64, value);
  expect(core.steps.write(head, core.layout.WRITE_SET, core.scratch + 64)).toBe(1);
}

const finish = (core: Core) => core.steps.finishRun(core.layout.OUTCOME_EXECUTED, 21_000, 0, 0, 0, now++);

/** Takes up tasks until the block ends, each adding 1 to account 1. Their number. */
function runOut(core: Core): number {
  let runs = 0;
  for (;;) {
    const task = next(core);
    if (task === core.layout.TASK_STOP) return runs;
    if (task === core.layout.TASK_NONE) continue;
    write(core, 1, read(core, 1) + 1n);
    if (finish(core) !== 0) runs++;
  }
}

const committed = (index: number) =>
  zero.memory.word(zero.steps.committedRecord(headOf(zero, index)) + zero.layout.RECORD_VALUE);

describe('two workers in one memory', () => {
  it('leave room for locations to the run at the frontier, however many another looks at ahead of its turn', () => {
    expect(next(zero)).toBe(0);
    expect(next(one)).toBe(1);
    const intern = ({ memory, scratch, steps }: Core, slot: number) => {
      memory.setWord(scratch, BigInt(slot));
      return steps.internSlot(account0, scratch);
    };
    const account0 = entryOf(zero, 0);
    let slots = 0;
    while (intern(one, slots) !== 0) slots++;
    const needed = Math.ceil(Number(environment().gasLimit) / 1_900);
    expect(slots).toBeGreaterThan(needed);
    for (let slot = slots; slot < slots + needed; slot++) expect(intern(zero, slot)).not.toBe(0);
    expect(intern(one, slots + needed)).toBe(0);
  });

  it('run again what read a value that changed', () => {
    expect(next(zero)).toBe(0);
    expect(next(one)).toBe(1);
    expect(read(one, 1)).toBe(0n);
    write(one, 1, 100n);
    expect(finish(one)).toBe(1);
    write(zero, 1, 7n);
    expect(finish(zero)).toBe(1);
    expect(next(zero), 'transaction 1 again, at the frontier').toBe(1);
    expect(read(zero, 1)).toBe(7n);
    write(zero, 1, 8n);
    expect(finish(zero)).toBe(1);
    runOut(zero);
    expect(committed(1)).toBe(12n);
  });

  it('keep what read a value that was written anew but did not change', () => {
    expect(next(zero)).toBe(0);
    expect(next(one)).toBe(1);
    expect(read(one, 1)).toBe(0n);
    expect(finish(one)).toBe(1);
    write(zero, 1, 0n);
    expect(finish(zero)).toBe(1);
    expect(next(zero), 'the first of which nobody ran').toBe(2);
  });

  it('let a reader see an uncommitted version below it, and not one above', () => {
    expect(next(zero)).toBe(0);
    expect(next(one)).toBe(1);
    write(one, 1, 5n);
    expect(finish(one)).toBe(1);
    expect(next(one)).toBe(2);
    expect(read(one, 1)).toBe(5n);
    expect(read(zero, 1)).toBe(0n);
  });

  it('make a speculative run final in place when the frontier reaches it and its reads hold', () => {
    expect(next(zero)).toBe(0);
    expect(next(one)).toBe(1);
    expect(read(one, 1)).toBe(0n);
    expect(finish(zero)).toBe(1);
    expect(next(zero)).toBe(2);
    expect(one.steps.isFinalRun()).toBe(0);
    expect(one.steps.isUnwanted(now)).toBe(0);
    expect(one.steps.isFinalRun()).toBe(1);
  });

  it('run each transaction ahead of its turn first where the block wants that, and to its end', () => {
    const { layout, memory, steps } = zero;
    memory.setU32(layout.SPECULATES_FIRST, 1);
    for (let tx = 0; tx < 6; tx++) {
      expect(next(zero)).toBe(tx);
      expect(steps.isUnwanted(now), 'its turn changes nothing').toBe(0);
      expect(steps.isFinalRun()).toBe(0);
      if (tx === 2) steps.abandonRun(now++);
      else finish(zero);
      if (tx !== 2) continue;
      expect(next(zero), 'again, as nobody waits for it any more').toBe(2);
      expect(steps.isFinalRun()).toBe(1);
      finish(zero);
    }
    expect(next(zero)).toBe(layout.TASK_STOP);
    const runs = Array.from({ length: 6 }, (_, tx) => readRow(zero, tx));
    expect(runs.map((row) => [row.speculativeRuns, row.runs])).toEqual([
      [1, 1],
      [1, 1],
      [1, 2],
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
  });

  it('tell how many versions were published of what was committed', () => {
    const { layout, memory, steps } = zero;
    memory.setU32(layout.SPECULATES_FIRST, 1);
    for (let tx = 0; tx < 6; tx++) {
      expect(next(zero)).toBe(tx);
      if (tx === 2) {
        steps.abandonRun(now++);
        expect(next(zero), 'a final run, which publishes nothing').toBe(2);
      }
      write(zero, 1, BigInt(tx));
      write(zero, 10 + tx, 1n);
      finish(zero);
    }
    expect(next(zero)).toBe(layout.TASK_STOP);
    expect(publishedVersions(zero)).toBe(10);
  });

  it('take turns at that', () => {
    const { layout, memory } = zero;
    memory.setU32(layout.SPECULATES_FIRST, 2);
    expect([next(zero), next(one)]).toEqual([0, 1]);
    expect([finish(zero), finish(one)]).toEqual([1, 1]);
    expect(next(one), 'after the frontier has moved on').toBe(3);
    expect(next(zero)).toBe(2);
    finish(zero);
    expect(next(zero), 'not the third, which the other runs').toBe(4);
    finish(zero);
    expect(next(zero), 'the fifth is for the other').toBe(layout.TASK_NONE);
    memory.store(zero.steps.workerStateAddress(1), layout.WORKER_DEAD);
    expect(next(zero), 'what a dead one had begun, at the frontier').toBe(3);
    expect(zero.steps.isFinalRun()).toBe(1);
    finish(zero);
    expect(next(zero), 'what it had not begun').toBe(5);
    expect(zero.steps.isFinalRun()).toBe(0);
  });

  it('tell a speculative run that it is not wanted when the frontier reaches it and its reads are broken', () => {
    expect(next(zero)).toBe(0);
    expect(next(one)).toBe(1);
    expect(read(one, 1)).toBe(0n);
    write(zero, 1, 3n);
    expect(finish(zero)).toBe(1);
    expect(next(zero)).toBe(2);
    expect(one.steps.isUnwanted(now)).toBe(1);
    one.steps.abandonRun(now);
    expect(next(one), 'again, on final values').toBe(1);
    expect(read(one, 1)).toBe(3n);
  });

  it('take back what a dead worker was running', () => {
    expect(next(one)).toBe(0);
    write(one, 1, 1_000n);
    one.memory.store(one.steps.workerStateAddress(1), one.layout.WORKER_DEAD);
    expect(runOut(zero)).toBe(6);
    expect(committed(1)).toBe(6n);
    expect(zero.steps.stopReason()).toBe(zero.layout.STOP_DONE);
    expect(finish(one), 'a late hand publishes nothing').toBe(0);
  });

  it('begin the block anew when a dead worker held the frontier', () => {
    const { layout, memory, steps } = zero;
    memory.store(layout.TOKEN, 2);
    memory.store(steps.workerStateAddress(1), layout.WORKER_DEAD);
    expect(next(zero)).toBe(layout.TASK_STOP);
    expect(steps.stopReason()).toBe(layout.STOP_RESTART);
  });

  it('begin the block anew when a dead worker held the list of a location', () => {
    const { layout, memory, steps } = zero;
    expect([next(one), next(zero)]).toEqual([0, 1]);
    write(zero, 1, 1n);
    memory.store(headOf(zero, 1) + layout.HEAD_LOCK, 2);
    memory.store(steps.workerStateAddress(1), layout.WORKER_DEAD);
    expect(finish(zero)).toBe(0);
    expect(steps.stopReason()).toBe(layout.STOP_RESTART);
  });

  it('commit at once what ran on committed values alone, without versions that others could see', () => {
    const { layout, memory } = zero;
    expect([next(zero), next(one)]).toEqual([0, 1]);
    expect(read(one, 1)).toBe(0n);
    write(zero, 1, 5n);
    expect(finish(zero)).toBe(1);
    expect(memory.load(layout.FRONTIER)).toBe(1);
    expect(memory.load(headOf(zero, 1) + layout.HEAD_VERSIONS)).toBe(0);
    expect(committed(1)).toBe(5n);
    expect(one.steps.isUnwanted(now), 'what one has read is another now').toBe(1);
  });

  it('publish it where another is at the frontier, who commits it', () => {
    const { layout, memory } = zero;
    expect(next(zero)).toBe(0);
    write(zero, 1, 5n);
    memory.store(layout.TOKEN, 2);
    expect(finish(zero)).toBe(1);
    expect(memory.load(layout.FRONTIER)).toBe(0);
    memory.store(layout.TOKEN, 0);
    expect(next(one)).toBe(1);
    expect(committed(1)).toBe(5n);
  });

  it('give a run up that fits no longer when its turn comes', () => {
    const { layout, memory, steps } = zero;
    expect([next(zero), next(one)]).toEqual([0, 1]);
    expect(one.steps.describe(30_000_000)).toBe(1); // ahead of its turn there is nothing to compare with
    expect(finish(zero)).toBe(1);
    expect(one.steps.isUnwanted(now)).toBe(1);
    one.steps.abandonRun(now);
    expect(next(one)).toBe(layout.TASK_STOP);
    expect(steps.stopReason()).toBe(layout.STOP_INVALID);
    expect(readRow(zero, memory.u32(layout.FAILED_TX)).verdict).toBe(layout.VERDICT_GAS);
  });

  it('end the block for all when one ends it', () => {
    expect(next(zero)).toBe(0);
    one.steps.stopBlock(one.layout.STOP_CANCELLED);
    expect(zero.steps.isUnwanted(now)).toBe(1);
    expect(next(one)).toBe(one.layout.TASK_STOP);
  });

  it('serve nobody a slot from before a wipe', () => {
    const { layout, memory, scratch, steps } = zero;
    const slotHead = (core: Core) => {
      core.memory.setWord(core.scratch, 3n);
      const head = core.steps.internSlot(entryOf(core, 1), core.scratch) + layout.ENTRY_HEADS;
      core.memory.setWord(core.scratch + 64, 42n);
      core.steps.publishBase(head, core.scratch + 64);
      return head;
    };
    const generationHead = (core: Core) =>
      entryOf(core, 1) + layout.ENTRY_HEADS + layout.FIELD_GENERATION * layout.HEAD_SIZE;
    const readSlot = (core: Core) => {
      const generation = core.steps.readExact(generationHead(core));
      return core.memory.word(core.steps.readSlot(slotHead(core), generation));
    };
    expect(next(zero)).toBe(0);
    expect(readSlot(zero)).toBe(42n);
    const head = generationHead(zero);
    memory.fill(scratch + 64, 32, 0);
    memory.setU64(scratch + 64, BigInt(0 + layout.POSITION_OFFSET));
    expect(steps.write(head, layout.WRITE_SET, scratch + 64)).toBe(1);
    expect(finish(zero)).toBe(1);
    expect(next(zero)).toBe(1);
    expect(readSlot(zero)).toBe(0n);
  });

  it('keep a reserve for the frontier when speculation has used up the memory', () => {
    expect(next(zero)).toBe(0);
    expect(next(one)).toBe(1);
    for (const size of [30_000, 64]) while (one.steps.allocate(size) !== 0);
    expect(read(zero, 1)).toBe(0n);
    write(zero, 1, 1n);
    expect(finish(zero)).toBe(1);
    one.steps.abandonRun(now);
    expect(runOut(zero)).toBe(5);
    expect(committed(1)).toBe(6n);
  });

  it('keep locations apart that fall on the same place of the table (trap 46)', () => {
    const { layout, memory, scratch, steps } = zero;
    const account = entryOf(zero, 1);
    const heads = new Map<number, bigint>();
    const places = memory.u32(layout.LOCATION_MASK) + 1;
    const count = 4 * Math.ceil(Math.sqrt(places)); // two of them share a place with a probability of 1 - e^-8
    for (let slot = 0n; slot < count; slot++) {
      memory.setWord(scratch, slot * 0x1_0000_0001n);
      const entry = steps.internSlot(account, scratch);
      expect(memory.word(entry + layout.ENTRY_SLOT)).toBe(slot * 0x1_0000_0001n);
      heads.set(entry, slot);
    }
    expect(heads.size).toBe(count);
  });

  it('intern equal keys once and different ones apart', () => {
    expect(entryOf(zero, 7)).toBe(entryOf(one, 7));
    const entries = new Set(Array.from({ length: 200 }, (_, index) => entryOf(index % 2 === 0 ? zero : one, index)));
    expect(entries.size).toBe(200);
  });
});

describe('the modules on shared memory', () => {
  // Data segments: keccak's round constants, then the result of a plain transfer, or the hashes of what is empty.
  it.each([
    ['core', 2],
    ['core.debug', 2],
    ['trie', 3],
  ])('have no runtime, no start function and read-only data alone: %s', async (build, segments) => {
    const text = await readFile(new URL(`../../build/${build}.wat`, import.meta.url), 'utf8');
    expect(text).not.toMatch(/__new|~lib\/rt|\(start /);
    expect(text.match(/\(data /g)).toHaveLength(segments);
  });
});
