// Which value a transaction sees at a location, and how values come and go there.
//
// A head holds the base (before the block), the committed value (at the frontier) and a list of the versions above the
// frontier. Readers walk the list without a lock: records are immutable but for `next` and `withdrawn`, and live as long
// as the block. What a reader sees may be out of date at once; only the frontier's validation decides.
import { allocate } from "./arena";
import { ASSERT_LIST_ORDER, ASSERT_LOCK_HELD, check, MUTATION_IGNORE_WIPE, planted } from "./debug";
import {
  ENTRY_ACCOUNT, FIELD_GENERATION, FIELD_SLOT, FRONTIER, GENERATION_POSITION, HEAD_BASE, HEAD_COMMITTED, HEAD_ENTRY,
  HEAD_FIELD, HEAD_LOCK, HEAD_VERSIONS, headOf, LOCK_CONTENDED, LOCK_WAIT_NS, POSITION_OFFSET, RECORD_KIND,
  RECORD_NEXT, RECORD_SIZE, RECORD_TX, RECORD_VALUE, RECORD_WITHDRAWN, SCRATCH_SUM, SPIN_LOADS, TX_BASE, WRITE_ADD,
  WRITE_SET, ZERO_WORD,
} from "./layout";
import { isRunning, requestRestart, stopReason } from "./stop";
import { addWords, clearWord, copyWord } from "./word";
import { workerIndex, workerScratch } from "./worker";


/** A new record of transaction `tx` with the 32 bytes at `value`, of kind SET or ADD; 0 when memory is short. */
export function makeRecord(tx: i32, kind: u32, value: usize): usize {
  const record = allocate(RECORD_SIZE);
  if (record == 0) return 0;
  store<i32>(record, tx, RECORD_TX);
  store<u32>(record, kind, RECORD_KIND);
  store<u32>(record, 0, RECORD_NEXT);
  store<u32>(record, 0, RECORD_WITHDRAWN);
  copyWord(record + RECORD_VALUE, value);
  return record;
}

/** Sets the value before the block, once; all who race here bring the same value. False when memory is short. */
export function publishBase(head: usize, value: usize): bool {
  if (atomic.load<u32>(head, HEAD_BASE) != 0) return true;
  const record = makeRecord(TX_BASE, WRITE_SET, value);
  if (record == 0) return false;
  atomic.cmpxchg<u32>(head, 0, u32(record), HEAD_BASE);
  return true;
}

/** The record at the frontier: committed, else base, else 0 (base not loaded). */
@inline
export function committedRecord(head: usize): usize {
  const committed: usize = atomic.load<u32>(head, HEAD_COMMITTED);
  return committed != 0 ? committed : <usize>atomic.load<u32>(head, HEAD_BASE);
}

/**
 * A record that stood at the frontier before `record`, which transaction `tx` brought there: the last one if that is a sum, else
 * an earlier one or the base; 0 = no base. For guesses.
 */
export function recordBefore(head: usize, record: usize, tx: i32): usize {
  let before = record;
  while (before != 0 && load<i32>(before, RECORD_TX) == tx) before = atomic.load<u32>(before, RECORD_NEXT);
  return before != 0 && !isAmount(before) ? before : <usize>atomic.load<u32>(head, HEAD_BASE);
}

/**
 * The record that transaction `tx` sees: the highest version below it, else what stands at the frontier; 0 = no base.
 * An amount says only what is added to what lies below it: see {@link sumBelow}.
 */
export function visibleRecord(head: usize, tx: i32): usize {
  // The frontier is loaded first: a version below it is in `committed` by then, since commits write that first.
  const frontier = i32(atomic.load<u32>(FRONTIER));
  let record: usize = atomic.load<u32>(head, HEAD_VERSIONS);
  while (record != 0) {
    const writer = load<i32>(record, RECORD_TX);
    if (writer < frontier) break;
    if (writer < tx && atomic.load<u32>(record, RECORD_WITHDRAWN) == 0) return record;
    record = atomic.load<u32>(record, RECORD_NEXT);
  }
  return committedRecord(head);
}

/** Whether `record` holds an amount. */
@inline
export function isAmount(record: usize): bool {
  return load<u32>(record, RECORD_KIND) == WRITE_ADD;
}

/** Writes to `sum` what transaction `tx` sees where amounts lie above a value. False: no base. */
export function sumBelow(sum: usize, head: usize, tx: i32): bool {
  clearWord(sum);
  // In this order: `below` holds at least what is below the frontier, and the list still holds what is committed later.
  const frontier = i32(atomic.load<u32>(FRONTIER));
  const below = committedRecord(head);
  if (below == 0) return false;
  const included = load<i32>(below, RECORD_TX);
  let record: usize = atomic.load<u32>(head, HEAD_VERSIONS);
  for (; record != 0; record = atomic.load<u32>(record, RECORD_NEXT)) {
    const writer = load<i32>(record, RECORD_TX);
    if (writer < frontier || writer <= included) break;
    if (writer >= tx || atomic.load<u32>(record, RECORD_WITHDRAWN) != 0) continue;
    addWords(sum, sum, record + RECORD_VALUE);
    if (!isAmount(record)) return true;
  }
  addWords(sum, sum, below + RECORD_VALUE);
  return true;
}

/**
 * Address of the 32 bytes that `record`, which transaction `tx` sees at `head`, stands for. A sum lies in this worker's
 * scratch area until the next one is made. 0: no base.
 */
@inline
export function valueSeen(record: usize, head: usize, tx: i32): usize {
  if (!isAmount(record)) return record + RECORD_VALUE;
  const sum = workerScratch + SCRATCH_SUM;
  return sumBelow(sum, head, tx) ? sum : 0;
}

/** The head of the storage generation of the account to which `head` belongs. */
@inline
export function generationHead(head: usize): usize {
  const account: usize = load<u32>(<usize>load<u32>(head, HEAD_ENTRY), ENTRY_ACCOUNT);
  return headOf(account, FIELD_GENERATION);
}

/** Address of the 32 bytes that `record` of a slot stands for under `generation`: zeros if it is from before the wipe. */
export function slotValue(record: usize, generation: usize): usize {
  const position = load<u64>(generation, RECORD_VALUE + GENERATION_POSITION);
  if (u64(load<i32>(record, RECORD_TX) + POSITION_OFFSET) >= position) return record + RECORD_VALUE;
  return planted(MUTATION_IGNORE_WIPE) ? record + RECORD_VALUE : ZERO_WORD;
}

/** Whether `head` is a slot's. */
@inline
export function isSlotHead(head: usize): bool {
  return load<u32>(head, HEAD_FIELD) == FIELD_SLOT;
}

/** Links `record` into the list, in place of an earlier one of its transaction. False: the block is to be run again. */
export function insertVersion(head: usize, record: usize): bool {
  if (!lock(head)) return false;
  const tx = load<i32>(record, RECORD_TX);
  let above: usize = 0;
  let below: usize = atomic.load<u32>(head, HEAD_VERSIONS);
  while (below != 0 && load<i32>(below, RECORD_TX) > tx) {
    above = below;
    below = atomic.load<u32>(below, RECORD_NEXT);
  }
  if (below != 0 && load<i32>(below, RECORD_TX) == tx) {
    atomic.store<u32>(below, 1, RECORD_WITHDRAWN);
    below = atomic.load<u32>(below, RECORD_NEXT);
  }
  check(below == 0 || load<i32>(below, RECORD_TX) < tx, ASSERT_LIST_ORDER);
  atomic.store<u32>(record, u32(below), RECORD_NEXT);
  link(head, above, record);
  unlock(head);
  return true;
}

/** Takes `record` out of the list, if it is still there. False: the block is to be run again. */
export function withdrawVersion(head: usize, record: usize): bool {
  if (atomic.load<u32>(record, RECORD_WITHDRAWN) != 0) return true;
  if (!lock(head)) return false;
  let above: usize = 0;
  let below: usize = atomic.load<u32>(head, HEAD_VERSIONS);
  while (below != 0 && below != record) {
    above = below;
    below = atomic.load<u32>(below, RECORD_NEXT);
  }
  if (below == record) link(head, above, <usize>atomic.load<u32>(record, RECORD_NEXT));
  atomic.store<u32>(record, 1, RECORD_WITHDRAWN);
  unlock(head);
  return true;
}

@inline
function link(head: usize, above: usize, record: usize): void {
  if (above == 0) atomic.store<u32>(head, u32(record), HEAD_VERSIONS);
  else atomic.store<u32>(above, u32(record), RECORD_NEXT);
}

/**
 * Takes the lock at `head`, a head's or another. False when a dead worker holds it (the block is run again), or the block
 * has ended.
 */
export function lock(head: usize): bool {
  let mine = workerIndex + 1;
  let loads: u32 = 0;
  while (true) {
    const word = atomic.load<u32>(head, HEAD_LOCK);
    if (word == 0) {
      if (atomic.cmpxchg<u32>(head, 0, mine, HEAD_LOCK) == 0) return true;
      continue;
    }
    if (++loads < SPIN_LOADS) continue;
    loads = 0;
    if (stopReason() != 0) return false;
    const owner = word & ~LOCK_CONTENDED;
    if (!isRunning(owner - 1) && (atomic.load<u32>(head, HEAD_LOCK) & ~LOCK_CONTENDED) == owner) {
      requestRestart();
      return false;
    }
    const contended = word | LOCK_CONTENDED;
    if (word != contended && atomic.cmpxchg<u32>(head, word, contended, HEAD_LOCK) != word) continue;
    mine |= LOCK_CONTENDED; // others may wait as this one did
    atomic.wait<i32>(head + HEAD_LOCK, i32(contended), LOCK_WAIT_NS);
  }
}

/** Gives it back. */
@inline
export function unlock(head: usize): void {
  check((atomic.load<u32>(head, HEAD_LOCK) & ~LOCK_CONTENDED) == workerIndex + 1, ASSERT_LOCK_HELD);
  if ((atomic.xchg<u32>(head, 0, HEAD_LOCK) & LOCK_CONTENDED) != 0) atomic.notify(head + HEAD_LOCK, -1);
}
