// The slots that one transaction names, of storage and of transient storage (EIP-1153).
import { readWord, writeWord } from "./words/bytes";
import { copyWord, isEqual, setSmall } from "./words/word";
import { readSlotOnCore } from "./core-state";
import { hashSlot } from "./hash";
import { EXCHANGE_KEY, EXCHANGE_VALUE, HOST_FAILED, readSlot } from "./host";
import { rememberWord, setBit } from "./journal";
import {
  ACCOUNT_ADDRESS, ACCOUNT_CREATED, ACCOUNT_FLAGS, ACCOUNT_HASH, ACCOUNT_SLOTS, EXCHANGE, SLOT_ACCOUNT, SLOT_BEFORE,
  SLOT_FLAGS, SLOT_HASH, SLOT_KEY, SLOT_LOADED, SLOT_NEXT, SLOT_SIZE, SLOT_TABLE, SLOT_VALUE, SLOT_WARM,
  TRANSIENT_TABLE, workerArena, ZERO_WORD,
} from "./layout";
import { allocateRecord } from "./records";
import { hostFailed, workerIsOnCore } from "./run-state";
import { firstIndex, insert, nextIndex, recordAt, resetTable } from "./table";

/** Forgets the slots of the transaction before. */
export function resetSlots(): void {
  resetTable(workerArena + SLOT_TABLE);
  resetTransient();
}

/** Forgets transient storage. */
export function resetTransient(): void {
  resetTable(workerArena + TRANSIENT_TABLE);
}

/** The record of `account`'s slot `key` (a word). Reads no state. */
export function slotAt(account: usize, key: usize): usize {
  const table = workerArena + SLOT_TABLE;
  const slot = find(table, account, key);
  if (slot != 0) return slot;
  const added = add(table, account, key);
  store<u32>(added, load<u32>(account, ACCOUNT_SLOTS), SLOT_NEXT);
  store<u32>(account, u32(added), ACCOUNT_SLOTS);
  return added;
}

/** Makes sure that the slot's values are known. */
@inline
export function loadSlot(slot: usize): void {
  if ((load<u32>(slot, SLOT_FLAGS) & SLOT_LOADED) == 0) readIt(slot);
}

/** Makes it warm; returns whether it was (EIP-2929). */
@inline
export function warmSlot(slot: usize): bool {
  return setBit(slot + SLOT_FLAGS, SLOT_WARM);
}

/** Sets the value of a loaded slot to the word at `value`. */
export function setSlot(slot: usize, value: usize): void {
  if (isEqual(slot + SLOT_VALUE, value)) return;
  rememberWord(slot + SLOT_VALUE);
  copyWord(slot + SLOT_VALUE, value);
}

/** TLOAD: where the value of `account`'s transient slot `key` lies. */
export function transientValue(account: usize, key: usize): usize {
  const slot = find(workerArena + TRANSIENT_TABLE, account, key);
  return slot == 0 ? workerArena + ZERO_WORD : slot + SLOT_VALUE;
}

/** TSTORE. */
export function setTransient(account: usize, key: usize, value: usize): void {
  const table = workerArena + TRANSIENT_TABLE;
  const found = find(table, account, key);
  setSlot(found != 0 ? found : add(table, account, key), value);
}

function find(table: usize, account: usize, key: usize): usize {
  const k0 = load<u64>(key), k1 = load<u64>(key, 8), k2 = load<u64>(key, 16), k3 = load<u64>(key, 24);
  let index = firstIndex(table, hashSlot(load<u32>(account, ACCOUNT_HASH), key));
  while (true) {
    const slot = recordAt(table, index);
    if (slot == 0) return 0;
    if (
      load<u64>(slot, SLOT_KEY) == k0 && load<u64>(slot, SLOT_KEY + 8) == k1 && load<u64>(slot, SLOT_KEY + 16) == k2 &&
      load<u64>(slot, SLOT_KEY + 24) == k3 && <usize>load<u32>(slot, SLOT_ACCOUNT) == account
    ) {
      return slot;
    }
    index = nextIndex(table, index);
  }
}

function add(table: usize, account: usize, key: usize): usize {
  const slot = allocateRecord(SLOT_SIZE);
  memory.fill(slot, 0, SLOT_SIZE);
  store<u32>(slot, hashSlot(load<u32>(account, ACCOUNT_HASH), key), SLOT_HASH);
  store<u32>(slot, u32(account), SLOT_ACCOUNT);
  copyWord(slot + SLOT_KEY, key);
  insert(table, slot);
  return slot;
}

function readIt(slot: usize): void {
  store<u32>(slot, load<u32>(slot, SLOT_FLAGS) | SLOT_LOADED, SLOT_FLAGS);
  const account: usize = load<u32>(slot, SLOT_ACCOUNT);
  // A contract that this transaction made began without storage.
  if ((load<u32>(account, ACCOUNT_FLAGS) & ACCOUNT_CREATED) != 0) return;
  const exchange = workerArena + EXCHANGE;
  if (readValue(slot, account) == HOST_FAILED) {
    setSmall(exchange + EXCHANGE_VALUE, 0);
    hostFailed();
  }
  readWord(slot + SLOT_VALUE, exchange + EXCHANGE_VALUE);
  copyWord(slot + SLOT_BEFORE, slot + SLOT_VALUE);
}

function readValue(slot: usize, account: usize): u32 {
  if (workerIsOnCore) return readSlotOnCore(slot);
  writeWord(workerArena + EXCHANGE + EXCHANGE_KEY, slot + SLOT_KEY);
  return readSlot(account + ACCOUNT_ADDRESS);
}
