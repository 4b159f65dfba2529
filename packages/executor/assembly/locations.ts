// Interning: one entry for each account and slot that the block touches. Open addressing over entry addresses, found by
// the FULL key (a hash alone is no identity), never removed within a block: a location IS its entry.
import { allocate, usesReserve } from "./arena";
import {
  ACCOUNT_ENTRY_SIZE, ENTRY_ACCOUNT, ENTRY_ADDRESS, ENTRY_HEADS, ENTRY_KIND, ENTRY_SLOT, FIELD_SLOT, HEAD_ENTRY,
  HEAD_FIELD, headOf, KIND_ACCOUNT, KIND_SLOT, LOCATION_COUNT, LOCATION_MASK, LOCATION_TABLE, SLOT_ENTRY_SIZE,
} from "./layout";
import { hashAddress, hashSlot } from "./location-hash";
import { copyWord, sameWord } from "./word";

/** The entry of the account whose 20 bytes stand at `address`; 0 when memory is short. */
export function internAccount(address: usize): usize {
  let cell = hashAddress(address);
  const mask: u32 = load<u32>(LOCATION_MASK);
  const table: usize = load<u32>(LOCATION_TABLE);
  while (true) {
    cell &= mask;
    const place = table + (usize(cell) << 2);
    let entry: usize = atomic.load<u32>(place);
    if (entry == 0) {
      const made = isTableFull(mask) ? <usize>0 : makeAccount(address);
      if (made == 0) return 0;
      entry = atomic.cmpxchg<u32>(place, 0, u32(made));
      if (entry == 0) return added(made);
    }
    if (load<u32>(entry, ENTRY_KIND) == KIND_ACCOUNT && sameAddress(entry + ENTRY_ADDRESS, address)) return entry;
    cell++;
  }
}

/** The entry of the slot whose 32-byte key stands at `slot`, of the account entry `account`; 0 when memory is short. */
export function internSlot(account: usize, slot: usize): usize {
  let cell = hashSlot(u32(account), slot);
  const mask: u32 = load<u32>(LOCATION_MASK);
  const table: usize = load<u32>(LOCATION_TABLE);
  while (true) {
    cell &= mask;
    const place = table + (usize(cell) << 2);
    let entry: usize = atomic.load<u32>(place);
    if (entry == 0) {
      const made = isTableFull(mask) ? <usize>0 : makeSlot(account, slot);
      if (made == 0) return 0;
      entry = atomic.cmpxchg<u32>(place, 0, u32(made));
      if (entry == 0) return added(made);
    }
    // An account's entry is its identity, so the account's address stands for its 20 bytes.
    if (load<u32>(entry, ENTRY_ACCOUNT) == u32(account) && load<u32>(entry, ENTRY_KIND) == KIND_SLOT) {
      if (sameWord(entry + ENTRY_SLOT, slot)) return entry;
    }
    cell++;
  }
}

/** Speculation may fill half of the table, whatever gas its runs have; an open-addressing walk needs empty cells to end. */
function isTableFull(mask: u32): bool {
  return atomic.load<u32>(LOCATION_COUNT) >= (usesReserve() ? mask - (mask >> 3) : mask >> 1);
}

function added(entry: usize): usize {
  atomic.add<u32>(LOCATION_COUNT, 1);
  return entry;
}

function makeAccount(address: usize): usize {
  const entry = allocate(ACCOUNT_ENTRY_SIZE);
  if (entry == 0) return 0;
  memory.fill(entry, 0, ACCOUNT_ENTRY_SIZE);
  store<u32>(entry, KIND_ACCOUNT, ENTRY_KIND);
  store<u32>(entry, u32(entry), ENTRY_ACCOUNT);
  memory.copy(entry + ENTRY_ADDRESS, address, 20);
  for (let field: u32 = 0; field < 4; field++) {
    const head = headOf(entry, field);
    store<u32>(head, u32(entry), HEAD_ENTRY);
    store<u32>(head, field, HEAD_FIELD);
  }
  return entry;
}

function makeSlot(account: usize, slot: usize): usize {
  const entry = allocate(SLOT_ENTRY_SIZE);
  if (entry == 0) return 0;
  memory.fill(entry, 0, SLOT_ENTRY_SIZE);
  store<u32>(entry, KIND_SLOT, ENTRY_KIND);
  store<u32>(entry, u32(account), ENTRY_ACCOUNT);
  memory.copy(entry + ENTRY_ADDRESS, account + ENTRY_ADDRESS, 20);
  copyWord(entry + ENTRY_SLOT, slot);
  store<u32>(entry + ENTRY_HEADS, u32(entry), HEAD_ENTRY);
  store<u32>(entry + ENTRY_HEADS, FIELD_SLOT, HEAD_FIELD);
  return entry;
}

/** Whether both hold the same 20 bytes. */
@inline
export function sameAddress(left: usize, right: usize): bool {
  return (
    load<u64>(left) == load<u64>(right) &&
    load<u64>(left, 8) == load<u64>(right, 8) &&
    load<u32>(left, 16) == load<u32>(right, 16)
  );
}
