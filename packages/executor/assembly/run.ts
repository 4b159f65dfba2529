// The run that this worker is in: what it read and wrote so far, and whether anybody still wants it.
import { IS_AT_LEAST, IS_BELOW, IS_UNKNOWN } from "./answers";
import { allocate, useReserve } from "./arena";
import { MUTATION_KEEP_STALE_VERSION, MUTATION_TRUST_FUNDS, planted } from "./debug";
import {
  DEADLINE, FRONTIER, GAS_LIMIT, GAS_USED, HIGHEST_BEGUN, IS_SERIAL, ITEM_HEAD, ITEM_KIND, ITEM_RECORD, MODE, MODE_BUILD,
  OUTCOME_EXECUTED, PUBLISHED, READ_AT_LEAST, READ_BELOW, READ_EXACT, RECORD_VALUE, RECORD_WITHDRAWN, ROW_CHECKED_AT,
  ROW_FEE, ROW_GAS_LIMIT,
  ROW_GAS_USED, ROW_LAST_WORKER, ROW_OUTCOME, ROW_READS, ROW_RESULT, ROW_RESULT_SIZE, ROW_RUN_MS, ROW_RUNS,
  ROW_SIZE_BYTES, ROW_SPECULATIVE_RUNS, ROW_STARTED_AT, ROW_STATUS, ROW_WRITES, SEGMENT_COUNT, SEGMENT_NEXT, SIZE_LIMIT, SIZE_USED,
  SPECULATES_FIRST, STATE_COMMITTING, STATE_EXECUTED, STATE_PUBLISHING, STATE_READY, WRITE_SET, ZERO_WORD,
} from "./layout";
import { noteLoss } from "./kinds";
import { firstBrokenAtFrontier } from "./read-set";
import { append, itemAt } from "./segments";
import { noteChange, stopReason } from "./stop";
import { incarnationOf, rowAt, statusWord } from "./transactions";
import { committedRecord, isAmount, makeRecord, slotValue, sumBelow, valueSeen, visibleRecord } from "./versioned-memory";
import { isBelow } from "./word";
import { commitWrites, publishWrites, withdrawWrites } from "./write-set";
import { workerIndex } from "./worker";

/** No transaction is valid with a lower gas limit. */
const LEAST_GAS_LIMIT: f64 = 21000;

let workerTx: i32 = 0;
let workerRow: usize = 0;
/** The status word while this run owns its transaction. */
let workerWord: u32 = 0;
/** Whether everything below is committed: reads then go past all versions, and the run cannot fail. */
let workerFinal: bool = false;
let workerReads: usize = 0;
let workerLastReads: usize = 0;
let workerWrites: usize = 0;
let workerLastWrites: usize = 0;

/** Whether the run reads committed values alone. */
export function isFinalRun(): bool {
  return workerFinal;
}

/** Takes up transaction `tx`, whose status this worker has just moved to EXECUTING as `word`. */
export function beginRun(tx: i32, word: u32, isFinal: bool, now: f64): void {
  workerTx = tx;
  workerRow = rowAt(tx);
  workerWord = word;
  clearRun(isFinal);
  store<u32>(workerRow, load<u32>(workerRow, ROW_RUNS) + 1, ROW_RUNS);
  if (!isFinal) {
    store<u32>(workerRow, load<u32>(workerRow, ROW_SPECULATIVE_RUNS) + 1, ROW_SPECULATIVE_RUNS);
    raiseHighest(tx);
  }
  store<f64>(workerRow, now, ROW_STARTED_AT);
}

/** Before the run reads anything: who publishes below it and does not find it here has published what it will read. */
function raiseHighest(tx: i32): void {
  while (true) {
    const highest = atomic.load<u32>(HIGHEST_BEGUN);
    if (highest > u32(tx) || atomic.cmpxchg<u32>(HIGHEST_BEGUN, highest, u32(tx) + 1) == highest) return;
  }
}

/** Forgets what the run read and wrote so far, as if it had just begun. */
export function forgetRun(): void {
  clearRun(workerFinal);
}

/** Takes up the system calls of `row` (block start or end) as index `tx`: everything below is committed. */
export function beginSystemRun(tx: i32, row: i32): void {
  workerTx = tx;
  workerRow = rowAt(row);
  workerWord = 0;
  clearRun(true);
}

function clearRun(isFinal: bool): void {
  workerFinal = isFinal;
  useReserve(isFinal);
  workerReads = 0;
  workerLastReads = 0;
  workerWrites = 0;
  workerLastWrites = 0;
}

/** Reads a field exactly and logs it. The record seen; 0 when the base is not loaded or memory is short. */
export function readExact(head: usize): usize {
  const record = workerFinal ? committedRecord(head) : visibleRecord(head, workerTx);
  if (record == 0) return 0;
  if (isAmount(record)) return readSum(head);
  return log(head, READ_EXACT, record, record + RECORD_VALUE) ? record : 0;
}

/** The sum as a record of its own, which stands in no list: the read is judged by its value alone. */
function readSum(head: usize): usize {
  const sum = makeRecord(workerTx, WRITE_SET, ZERO_WORD);
  if (sum == 0 || !sumBelow(sum + RECORD_VALUE, head, workerTx)) return 0;
  return log(head, READ_EXACT, 0, sum + RECORD_VALUE) ? sum : 0;
}

/** Address of the 32 bytes that this run would read at `head`, without logging it as read. 0: the base is not loaded. */
export function lookAt(head: usize): usize {
  const record = workerFinal ? committedRecord(head) : visibleRecord(head, workerTx);
  return record == 0 ? 0 : valueSeen(record, head, workerTx);
}

/**
 * Reads a slot exactly and logs it. `generation`: the record of its account's generation that this run has read, so that
 * both halves fit together. Address of the 32 bytes; 0 when the base is not loaded or memory is short.
 */
export function readSlot(head: usize, generation: usize): usize {
  const record = workerFinal ? committedRecord(head) : visibleRecord(head, workerTx);
  if (record == 0) return 0;
  const value = slotValue(record, generation);
  return log(head, READ_EXACT, record, value) ? value : 0;
}

/** Logs that `head` satisfies `kind` with the 32-byte `operand` (copied). False when memory is short. */
export function readPredicate(head: usize, kind: u32, operand: usize): bool {
  if (load<u32>(IS_SERIAL) != 0) return true;
  const copy = makeRecord(workerTx, WRITE_SET, operand);
  return copy != 0 && log(head, kind, 0, copy + RECORD_VALUE);
}

/**
 * Compares what this run sees at `head` with the 32-byte `operand`, and logs what came out instead of the value: IS_BELOW,
 * IS_AT_LEAST, or IS_UNKNOWN when the base is not loaded or memory is short.
 */
export function readAtLeast(head: usize, operand: usize): u32 {
  const value = lookAt(head);
  if (value == 0) return IS_UNKNOWN;
  const answer = isBelow(value, operand) ? IS_BELOW : IS_AT_LEAST;
  if (planted(MUTATION_TRUST_FUNDS)) return answer;
  return readPredicate(head, answer == IS_BELOW ? READ_BELOW : READ_AT_LEAST, operand) ? answer : IS_UNKNOWN;
}

function log(head: usize, kind: u32, record: usize, operand: usize): bool {
  if (load<u32>(IS_SERIAL) != 0) return true;
  const last = append(workerLastReads, head, kind, record, operand);
  if (last == 0) return false;
  workerLastReads = last;
  if (workerReads == 0) workerReads = last;
  return true;
}

/** Adds the 32-byte `value` at `head` to the write set; kinds SET and ADD. False when memory is short. */
export function write(head: usize, kind: u32, value: usize): bool {
  const record = makeRecord(workerTx, kind, value);
  if (record == 0) return false;
  const last = append(workerLastWrites, head, kind, record, 0);
  if (last == 0) return false;
  workerLastWrites = last;
  if (workerWrites == 0) workerWrites = last;
  return true;
}

/** Notes the gas limit of the decoded transaction. False: it is at the frontier and does not fit; abandon it. */
export function describe(gasLimit: f64): bool {
  store<f64>(workerRow, gasLimit, ROW_GAS_LIMIT);
  return !workerFinal || fits(workerRow);
}

/** Whether the transaction of `row` fits what the block has left; of one not decoded yet, whether any could. */
export function fits(row: usize): bool {
  if (!fitsGas(row)) return false;
  return load<f64>(SIZE_USED) + f64(load<u32>(row, ROW_SIZE_BYTES)) <= load<f64>(SIZE_LIMIT);
}

/** The part of {@link fits} that concerns gas. */
export function fitsGas(row: usize): bool {
  const known = load<f64>(row, ROW_GAS_LIMIT);
  return (known < 0 ? LEAST_GAS_LIMIT : known) <= load<f64>(GAS_LIMIT) - load<f64>(GAS_USED);
}

/**
 * Whether nobody wants this run any more. When the frontier has reached it, what it read so far is validated here and
 * now: if it holds, the run becomes the final one in place (everything it reads from then on is committed).
 */
export function isUnwanted(now: f64): bool {
  if (workerWord == 0) return false;
  if (stopReason() != 0) return true;
  if (atomic.load<u32>(workerRow, ROW_STATUS) != workerWord) return true;
  if (i32(atomic.load<u32>(FRONTIER)) != workerTx) return false;
  if (load<u32>(MODE) == MODE_BUILD && now > load<f64>(DEADLINE)) return true;
  if (workerFinal || load<u32>(SPECULATES_FIRST) != 0) return false;
  const broken = firstBrokenAtFrontier(workerReads);
  if (broken != 0) {
    noteLoss(workerTx, broken);
    return true;
  }
  if (!fits(workerRow)) return true;
  workerFinal = true;
  useReserve(true);
  return false;
}

/** The transaction that this worker runs. */
export function currentTx(): i32 {
  return workerTx;
}

/** Its row. */
export function currentRow(): usize {
  return workerRow;
}

/** Gives the transaction back unfinished; somebody runs it again, at the latest when its turn comes. */
export function abandonRun(now: f64): void {
  stopClock(now);
  store<u32>(workerRow, atomic.load<u32>(PUBLISHED), ROW_CHECKED_AT);
  atomic.cmpxchg<u32>(workerRow, workerWord, statusWord(incarnationOf(workerWord) + 1, 0, STATE_READY), ROW_STATUS);
  noteChange();
}

/** Before the transaction is given back: whoever takes it up next has its status before it notes the time. */
function stopClock(now: f64): void {
  store<f64>(workerRow, now - load<f64>(workerRow, ROW_STARTED_AT), ROW_RUN_MS);
  store<f64>(workerRow, Infinity, ROW_STARTED_AT);
}

/**
 * Publishes the run: its write set as a whole (values, then list links, then the status word).
 * False when it was taken away meanwhile: nothing of it is seen.
 */
export function publishRun(outcome: u32, gasUsed: f64, fee: usize, result: usize, resultSize: u32, now: f64): bool {
  const incarnation = incarnationOf(workerWord);
  const publishing = statusWord(incarnation, workerIndex + 1, STATE_PUBLISHING);
  if (atomic.cmpxchg<u32>(workerRow, workerWord, publishing, ROW_STATUS) != workerWord) return false;
  if (!publishWrites(workerWrites) || !supersede()) return false;
  storeOutcome(outcome, gasUsed, fee, result, resultSize, now);
  store<u32>(workerRow, notePublication(workerTx), ROW_CHECKED_AT);
  const executed = statusWord(incarnation, 0, STATE_EXECUTED);
  const before = atomic.cmpxchg<u32>(workerRow, publishing, executed, ROW_STATUS);
  noteChange();
  return before == publishing;
}

/**
 * Leaves the final run, as what it came to, to the holder of the token to commit: which is this worker, so nobody has to
 * see versions of it. False when it was taken away meanwhile.
 */
export function settleRun(outcome: u32, gasUsed: f64, fee: usize, result: usize, resultSize: u32, now: f64): bool {
  const committing = statusWord(incarnationOf(workerWord), 0, STATE_COMMITTING);
  if (atomic.cmpxchg<u32>(workerRow, workerWord, committing, ROW_STATUS) != workerWord || !supersede()) return false;
  storeOutcome(outcome, gasUsed, fee, result, resultSize, now);
  return true;
}

/** Takes out of the lists what the run before this one wrote. False: the block is to be run again. */
function supersede(): bool {
  const superseded: usize = load<u32>(workerRow, ROW_WRITES);
  if (!planted(MUTATION_KEEP_STALE_VERSION)) return withdrawWrites(superseded);
  keepStale(superseded);
  return true;
}

function storeOutcome(outcome: u32, gasUsed: f64, fee: usize, result: usize, resultSize: u32, now: f64): void {
  store<u32>(workerRow, u32(workerReads), ROW_READS);
  store<u32>(workerRow, u32(workerWrites), ROW_WRITES);
  store<u32>(workerRow, outcome, ROW_OUTCOME);
  store<f64>(workerRow, gasUsed, ROW_GAS_USED);
  store<u32>(workerRow, u32(fee), ROW_FEE);
  store<u32>(workerRow, u32(result), ROW_RESULT);
  store<u32>(workerRow, resultSize, ROW_RESULT_SIZE);
  stopClock(now);
  store<u32>(workerRow, workerIndex, ROW_LAST_WORKER);
}

/** Counts what transaction `tx` has just shown, where one above it may have read too early. PUBLISHED. */
export function notePublication(tx: i32): u32 {
  if (atomic.load<u32>(HIGHEST_BEGUN) <= u32(tx) + 1) return atomic.load<u32>(PUBLISHED);
  return atomic.add<u32>(PUBLISHED, 1) + 1;
}

/** Commits the system calls' writes at once; worker 0, while no other worker is in the block. False: memory is short. */
export function commitSystemRun(): bool {
  storeOutcome(OUTCOME_EXECUTED, 0, 0, 0, 0, 0);
  return commitWrites(workerWrites);
}

// A planted fault: what the superseded run wrote and this one did not is kept as if this one had written it.
function keepStale(superseded: usize): void {
  for (let segment = superseded; segment != 0; segment = load<u32>(segment, SEGMENT_NEXT)) {
    const count = load<u32>(segment, SEGMENT_COUNT);
    for (let index: u32 = 0; index < count; index++) {
      const item = itemAt(segment, index);
      if (load<u32>(<usize>load<u32>(item, ITEM_RECORD), RECORD_WITHDRAWN) != 0) continue; // replaced by a new record
      write(load<u32>(item, ITEM_HEAD), load<u32>(item, ITEM_KIND), <usize>load<u32>(item, ITEM_RECORD) + RECORD_VALUE);
    }
  }
}
