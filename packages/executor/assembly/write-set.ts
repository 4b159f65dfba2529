// Publishing, withdrawing and committing what a run wrote.
import { hasReserve } from "./arena";
import { ASSERT_COMMIT_ORDER, check } from "./debug";
import {
  BENEFICIARY, FIELD_BALANCE, HEAD_COMMITTED, headOf, ITEM_CHANGED, ITEM_HEAD, ITEM_KIND, ITEM_RECORD, RECORD_NEXT, RECORD_SIZE,
  RECORD_TX, RECORD_VALUE, SEGMENT_COUNT, SEGMENT_NEXT, WRITE_ADD, WRITE_SET, ZERO_WORD,
} from "./layout";
import { itemAt } from "./segments";
import { committedRecord, insertVersion, isAmount, makeRecord, withdrawVersion } from "./versioned-memory";
import { addWords, sameWord } from "./word";

/** Links all records of the write set `first` into their lists. False: the block is to be run again. */
export function publishWrites(first: usize): bool {
  for (let segment = first; segment != 0; segment = load<u32>(segment, SEGMENT_NEXT)) {
    const count = load<u32>(segment, SEGMENT_COUNT);
    for (let index: u32 = 0; index < count; index++) {
      const item = itemAt(segment, index);
      if (!insertVersion(load<u32>(item, ITEM_HEAD), load<u32>(item, ITEM_RECORD))) return false;
    }
  }
  return true;
}

/** Takes all records of the write set `first` out of their lists. False: the block is to be run again. */
export function withdrawWrites(first: usize): bool {
  for (let segment = first; segment != 0; segment = load<u32>(segment, SEGMENT_NEXT)) {
    const count = load<u32>(segment, SEGMENT_COUNT);
    for (let index: u32 = 0; index < count; index++) {
      const item = itemAt(segment, index);
      if (!withdrawVersion(load<u32>(item, ITEM_HEAD), load<u32>(item, ITEM_RECORD))) return false;
    }
  }
  return true;
}

/** Whether there is memory to commit the write set `first` and a fee: what is committed in part cannot be left out. */
export function hasRoomToCommit(first: usize): bool {
  let sums: usize = 2; // the fee's amount, and its sum
  for (let segment = first; segment != 0; segment = load<u32>(segment, SEGMENT_NEXT)) {
    const count = load<u32>(segment, SEGMENT_COUNT);
    for (let index: u32 = 0; index < count; index++) {
      if (load<u32>(itemAt(segment, index), ITEM_KIND) == WRITE_ADD) sums++;
    }
  }
  return hasReserve(sums, RECORD_SIZE);
}

/**
 * Makes the write set `first` the state at the frontier; marks the items whose value differs from the one before.
 * Called by the holder of the token, or by worker 0 alone. False when memory is short.
 */
export function commitWrites(first: usize): bool {
  for (let segment = first; segment != 0; segment = load<u32>(segment, SEGMENT_NEXT)) {
    const count = load<u32>(segment, SEGMENT_COUNT);
    for (let index: u32 = 0; index < count; index++) {
      const item = itemAt(segment, index);
      const head: usize = load<u32>(item, ITEM_HEAD);
      const before = committedRecord(head);
      let record: usize = load<u32>(item, ITEM_RECORD);
      check(before == 0 || load<i32>(before, RECORD_TX) <= load<i32>(record, RECORD_TX), ASSERT_COMMIT_ORDER);
      if (isAmount(record)) {
        record = sumRecord(before, record);
        if (record == 0) return false;
      }
      const changed = before == 0 || !sameWord(before + RECORD_VALUE, record + RECORD_VALUE);
      store<u32>(item, u32(changed), ITEM_CHANGED);
      atomic.store<u32>(head, u32(record), HEAD_COMMITTED);
    }
  }
  return true;
}

/** Adds the 32-byte amount at `fee` to the beneficiary's balance as transaction `tx`. False when memory is short. */
export function commitFee(tx: i32, fee: usize): bool {
  const head = headOf(load<u32>(BENEFICIARY), FIELD_BALANCE);
  const amount = makeRecord(tx, WRITE_ADD, fee);
  if (amount == 0) return false;
  const sum = sumRecord(committedRecord(head), amount);
  if (sum == 0) return false;
  atomic.store<u32>(head, u32(sum), HEAD_COMMITTED);
  return true;
}

function sumRecord(before: usize, amount: usize): usize {
  const sum = makeRecord(load<i32>(amount, RECORD_TX), WRITE_SET, ZERO_WORD);
  if (sum == 0 || before == 0) return 0; // the host loads the base of everything that is added to
  store<u32>(sum, u32(before), RECORD_NEXT); // for recordBefore; it stands in no list
  addWords(sum + RECORD_VALUE, before + RECORD_VALUE, amount + RECORD_VALUE);
  return sum;
}
