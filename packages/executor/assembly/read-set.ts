// Whether what a run read still holds. Pointer equality first, then the value or the predicate (DESIGN 4.2).
import { MUTATION_TRUST_SUMS, planted } from "./debug";
import {
  ENTRY_ACCOUNT, FIELD_BALANCE, FIELD_CODE, FIELD_NONCE, HEAD_ENTRY, HEAD_FIELD, headOf, ITEM_HEAD, ITEM_KIND, ITEM_OPERAND,
  ITEM_RECORD, READ_AT_LEAST, READ_BELOW, READ_EMPTY, READ_EXACT, READ_NONCE_IS, RECORD_TX, RECORD_VALUE,
  SEGMENT_COUNT, SEGMENT_NEXT,
} from "./layout";
import { itemAt } from "./segments";
import {
  committedRecord, generationHead, isSlotHead, recordBefore, slotValue, valueSeen, visibleRecord,
} from "./versioned-memory";
import { isBelow, isZeroWord, sameWord } from "./word";

/** The first head of the read set `segment` that no longer holds at the frontier; 0 when all hold. */
export function firstBrokenAtFrontier(segment: usize): usize {
  return firstBroken(segment, -1);
}

/** The first head of the read set that no longer holds as transaction `tx` would see it now; 0 when all hold. */
export function firstBrokenFor(segment: usize, tx: i32): usize {
  return firstBroken(segment, tx);
}

function firstBroken(first: usize, tx: i32): usize {
  for (let segment = first; segment != 0; segment = load<u32>(segment, SEGMENT_NEXT)) {
    const count = load<u32>(segment, SEGMENT_COUNT);
    for (let index: u32 = 0; index < count; index++) {
      const item = itemAt(segment, index);
      if (!holds(item, tx)) return load<u32>(item, ITEM_HEAD);
    }
  }
  return 0;
}

/**
 * Whether a run with these reads had to wait for transaction `tx`, which has just been committed: it read a value that `tx`
 * wrote, or a predicate that did not hold before `tx`. Nonces do not count: ahead of its turn a sender's is taken for granted.
 */
export function readsFrom(first: usize, tx: i32): bool {
  for (let segment = first; segment != 0; segment = load<u32>(segment, SEGMENT_NEXT)) {
    const count = load<u32>(segment, SEGMENT_COUNT);
    for (let index: u32 = 0; index < count; index++) if (dependsOn(itemAt(segment, index), tx)) return true;
  }
  return false;
}

function dependsOn(item: usize, tx: i32): bool {
  const head: usize = load<u32>(item, ITEM_HEAD);
  const kind = load<u32>(item, ITEM_KIND);
  if (kind == READ_EMPTY || load<u32>(head, HEAD_FIELD) == FIELD_NONCE) return false;
  const record = committedRecord(head);
  if (record == 0 || load<i32>(record, RECORD_TX) != tx) return false;
  if (kind == READ_EXACT) return true;
  const before = recordBefore(head, record, tx);
  return before == 0 || isBelow(before + RECORD_VALUE, load<u32>(item, ITEM_OPERAND)) != (kind == READ_BELOW);
}

@inline
function currentRecord(head: usize, tx: i32): usize {
  return tx < 0 ? committedRecord(head) : visibleRecord(head, tx);
}

function holds(item: usize, tx: i32): bool {
  const head: usize = load<u32>(item, ITEM_HEAD);
  const kind = load<u32>(item, ITEM_KIND);
  const operand: usize = load<u32>(item, ITEM_OPERAND);
  // Whoever runs again before the frontier would only assume the same nonce again.
  if (kind == READ_NONCE_IS && tx >= 0) return true;
  if (kind == READ_EMPTY) return isEmptyAccount(head, tx) == (load<u8>(operand, 31) != 0);
  const record = currentRecord(head, tx);
  // A slot's record says the same only under the same generation, which is an exact read of its own beside each slot.
  if (record == 0) return false;
  if (kind == READ_EXACT && record == <usize>load<u32>(item, ITEM_RECORD)) return true;
  if (kind == READ_EXACT && load<u32>(item, ITEM_RECORD) == 0 && planted(MUTATION_TRUST_SUMS)) return true;
  let value = valueSeen(record, head, tx);
  if (value == 0) return false;
  if (isSlotHead(head)) {
    const generation = currentRecord(generationHead(head), tx);
    if (generation == 0) return false;
    value = slotValue(record, generation);
  }
  if (kind == READ_EXACT || kind == READ_NONCE_IS) return sameWord(value, operand);
  if (kind == READ_AT_LEAST) return !isBelow(value, operand);
  if (kind == READ_BELOW) return isBelow(value, operand);
  return false;
}

function isEmptyAccount(head: usize, tx: i32): bool {
  const account: usize = load<u32>(<usize>load<u32>(head, HEAD_ENTRY), ENTRY_ACCOUNT);
  return (
    isZeroField(account, FIELD_NONCE, tx) && isZeroField(account, FIELD_BALANCE, tx) && isZeroField(account, FIELD_CODE, tx)
  );
}

function isZeroField(account: usize, field: u32, tx: i32): bool {
  const head = headOf(account, field);
  const record = currentRecord(head, tx);
  const value = record == 0 ? <usize>0 : valueSeen(record, head, tx);
  return value != 0 && isZeroWord(value);
}
