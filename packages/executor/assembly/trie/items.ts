// Items on their way into a trie: hashed, then in the order of their keys.
import { flushHashes, hashLater } from "./hash-queue";
import { readHex } from "./hex";
import {
  ACCOUNT_COUNT, ACCOUNT_ITEM_SIZE, ADDRESS_TEXT_SIZE, ITEM_KIND, ITEM_OF_SLOT, ITEM_PREFIX, ITEM_PUT, ITEM_VALUE, JOB,
  RECORD_AFTER, SLOT_COUNT, SLOT_ITEM_SIZE, SLOT_RECORD_SIZE,
} from "./layout";
import { word } from "./nibbles";

/** Items that one task hashes. */
export const HASH_TASK_ITEMS: u32 = 128;
/** Lists up to this length are sorted by insertion. */
const SMALL_LIST: usize = 16 << 2;

/** Address of account item `index` of the job. */
@inline
export function accountItem(index: u32): usize {
  return JOB + usize(index) * ACCOUNT_ITEM_SIZE;
}

/** Address of slot item `index` of the job: they stand behind the accounts. */
@inline
export function slotItem(index: u32): usize {
  return accountItem(load<u32>(ACCOUNT_COUNT)) + usize(index) * SLOT_ITEM_SIZE;
}

/** Where the text of the job's addresses stands, and behind it the records of its slots. */
@inline
export function itemTexts(): usize {
  return slotItem(load<u32>(SLOT_COUNT));
}

/** First byte behind the job's items, their text and records. */
export function itemsEnd(): usize {
  return slotRecord(load<u32>(SLOT_COUNT));
}

@inline
function slotRecord(index: u32): usize {
  return itemTexts() + usize(load<u32>(ACCOUNT_COUNT)) * ADDRESS_TEXT_SIZE + usize(index) * SLOT_RECORD_SIZE;
}

/**
 * Reads and hashes the keys of portion `task` of the job's items, accounts first. Touches no other part of an account's
 * item, which is written meanwhile; makes all of a slot's.
 */
export function hashItems(task: u32): void {
  const accounts = load<u32>(ACCOUNT_COUNT);
  const slots = load<u32>(SLOT_COUNT);
  const first = task * HASH_TASK_ITEMS;
  const end = min(first + HASH_TASK_ITEMS, accounts + slots);
  for (let index = first; index < end; index++) {
    if (index < accounts) {
      const item = accountItem(index);
      const address = item + ITEM_PREFIX + 1;
      readHex(address, itemTexts() + usize(index) * ADDRESS_TEXT_SIZE, 20);
      hashLater(item, address, 20);
    } else {
      hashSlot(slotItem(index - accounts), slotRecord(index - accounts));
    }
  }
  flushHashes();
}

function hashSlot(item: usize, record: usize): void {
  const high = v128.load(record + RECORD_AFTER);
  const low = v128.load(record + RECORD_AFTER, 16);
  store<u8>(item, ITEM_OF_SLOT, ITEM_KIND);
  store<u8>(item, u8(v128.any_true(v128.or(high, low))), ITEM_PUT);
  v128.store(item, high, ITEM_VALUE);
  v128.store(item, low, ITEM_VALUE + 16);
  hashLater(item, record, 32);
}

/** Sorts the addresses from `from` to `to` by the 32-byte keys that they point to. */
export function sortItems(from: usize, to: usize): void {
  while (to - from > SMALL_LIST) {
    const pivot = load<u32>(from + (((to - from) >> 3) << 2));
    let low = from;
    let high = to - 4;
    while (low <= high) {
      while (isBefore(load<u32>(low), pivot)) low += 4;
      while (isBefore(pivot, load<u32>(high))) high -= 4;
      if (low > high) break;
      const swapped = load<u32>(low);
      store<u32>(low, load<u32>(high));
      store<u32>(high, swapped);
      low += 4;
      high -= 4;
    }
    // The shorter part by recursion: its depth stays logarithmic.
    if (high + 4 - from < to - low) {
      sortItems(from, high + 4);
      from = low;
    } else {
      sortItems(low, to);
      to = high + 4;
    }
  }
  for (let at = from + 4; at < to; at += 4) {
    const item = load<u32>(at);
    let place = at;
    for (; place > from && isBefore(item, load<u32>(place - 4)); place -= 4) store<u32>(place, load<u32>(place - 4));
    store<u32>(place, item);
  }
}

@inline
function isBefore(first: usize, second: usize): bool {
  const a = word(first, 0);
  const b = word(second, 0);
  return a != b ? a < b : isBeforeBehind(first, second);
}

function isBeforeBehind(first: usize, second: usize): bool {
  for (let index: u32 = 16; index < 64; index += 16) {
    const a = word(first, index);
    const b = word(second, index);
    if (a != b) return a < b;
  }
  return false;
}
