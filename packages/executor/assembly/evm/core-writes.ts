// What a run leaves in the core: its write set, the fee and what the receipt is made of. Nobody sees it before the run is
// finished but codes, which are found by their hash alone.
import {
  FIELD_BALANCE, FIELD_CODE, FIELD_GENERATION, FIELD_NONCE, GENERATION_POSITION, headOf, POSITION_OFFSET, WRITE_ADD,
  WRITE_SET,
} from "../layout";
import { firstAccount } from "./accounts";
import { isOpen } from "./balances";
import { allocateShared, ownScratch, placeBytes, placeNumber, placeSmall, poke, write } from "./core";
import { entryOf, slotHead } from "./core-state";
import { isEmptyHash } from "./empty-hash";
import { HOST_FAILED, publishCode } from "./host";
import {
  ACCOUNT_BALANCE, ACCOUNT_CHANGES, ACCOUNT_CODE, ACCOUNT_CODE_HASH, ACCOUNT_NEXT, ACCOUNT_NONCE, ACCOUNT_SLOTS,
  CHANGED_BALANCE, CHANGED_CODE, CHANGED_NONCE, CHANGED_SLOTS, CHANGES_DELETED, CHANGES_WIPED, CODE_BYTES, CODE_SIZE,
  SLOT_CHANGED, SLOT_FLAGS, SLOT_NEXT, SLOT_VALUE,
} from "./layout";
import { hostFailed } from "./run-state";

/** Behind the keys in the scratch area. */
const VALUE: usize = 64;

/** Hands over what settleWrites has marked, as transaction `tx`. False: the core's memory is used up, or the run is void. */
export function handOverWrites(tx: i32): bool {
  for (let account = firstAccount(); account != 0; account = load<u32>(account, ACCOUNT_NEXT)) {
    const changes = load<u32>(account, ACCOUNT_CHANGES);
    if (changes != 0 && !handOverAccount(account, changes, tx)) return false;
  }
  return true;
}

/** A copy of the word `amount` in the block's memory; 0: that is used up. */
export function placeAmount(amount: usize): usize {
  const place = allocateShared(32);
  if (place != 0) placeNumber(place, amount);
  return place;
}

function handOverAccount(account: usize, changes: u32, tx: i32): bool {
  const entry = entryOf(account);
  if (entry == 0) return false;
  const value = ownScratch() + VALUE;
  if (changes & CHANGES_WIPED) {
    // Storage begins anew here, and an account that is empty after this does not exist.
    placeSmall(value, 0);
    poke(value + GENERATION_POSITION, u64(tx + POSITION_OFFSET));
    if (!set(entry, FIELD_GENERATION)) return false;
  }
  if (changes & CHANGES_DELETED) {
    placeSmall(value, 0);
    return set(entry, FIELD_BALANCE) && set(entry, FIELD_NONCE) && set(entry, FIELD_CODE);
  }
  if (changes & CHANGED_BALANCE) {
    placeNumber(value, account + ACCOUNT_BALANCE);
    if (!write(headOf(entry, FIELD_BALANCE), isOpen(account) ? WRITE_ADD : WRITE_SET, value)) return false;
  }
  if (changes & CHANGED_NONCE) {
    placeSmall(value, load<u64>(account, ACCOUNT_NONCE));
    if (!set(entry, FIELD_NONCE)) return false;
  }
  if ((changes & CHANGED_CODE) != 0 && !handOverCode(account, entry)) return false;
  return (changes & CHANGED_SLOTS) == 0 || handOverSlots(account);
}

function set(entry: usize, field: u32): bool {
  return write(headOf(entry, field), WRITE_SET, ownScratch() + VALUE);
}

function handOverCode(account: usize, entry: usize): bool {
  const value = ownScratch() + VALUE;
  const hash = account + ACCOUNT_CODE_HASH;
  const code: usize = load<u32>(account, ACCOUNT_CODE);
  const size: usize = code == 0 ? 0 : load<u32>(code, CODE_SIZE);
  if (size != 0 && publishCode(hash, load<u32>(code, CODE_BYTES), size) == HOST_FAILED) {
    hostFailed();
    return false;
  }
  if (isEmptyHash(hash)) placeSmall(value, 0);
  else placeBytes(value, hash, 32);
  return set(entry, FIELD_CODE);
}

function handOverSlots(account: usize): bool {
  for (let slot: usize = load<u32>(account, ACCOUNT_SLOTS); slot != 0; slot = load<u32>(slot, SLOT_NEXT)) {
    if ((load<u32>(slot, SLOT_FLAGS) & SLOT_CHANGED) == 0) continue;
    const head = slotHead(slot);
    const value = ownScratch() + VALUE;
    placeNumber(value, slot + SLOT_VALUE);
    if (head == 0 || !write(head, WRITE_SET, value)) return false;
  }
  return true;
}
