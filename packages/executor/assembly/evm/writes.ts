// What the run leaves behind: marks on each account and slot that is other than the run found it.
import { firstAccount } from "./accounts";
import { isEmptyAccount } from "./balances";
import {
  ACCOUNT_BALANCE, ACCOUNT_BALANCE_BEFORE, ACCOUNT_CHANGES, ACCOUNT_CODE_HASH, ACCOUNT_CODE_HASH_BEFORE,
  ACCOUNT_CREATED, ACCOUNT_DESTROYED, ACCOUNT_EXISTED, ACCOUNT_FLAGS, ACCOUNT_NEXT, ACCOUNT_NONCE,
  ACCOUNT_NONCE_BEFORE, ACCOUNT_SLOTS, ACCOUNT_TOUCHED, CHANGED_BALANCE, CHANGED_CODE, CHANGED_NONCE, CHANGED_SLOTS,
  CHANGES_DELETED, CHANGES_WIPED, SLOT_BEFORE, SLOT_CHANGED, SLOT_FLAGS, SLOT_LOADED, SLOT_NEXT, SLOT_VALUE,
} from "./layout";
import { isEqual } from "./words/word";

/**
 * Ends the run: removes accounts that were destroyed, or touched and are empty (EIP-161), but for `kept`, and sets
 * ACCOUNT_CHANGES and SLOT_CHANGED. The records stay for the host to read until the next run.
 */
export function settleWrites(kept: usize): void {
  for (let account = firstAccount(); account != 0; account = load<u32>(account, ACCOUNT_NEXT)) {
    store<u32>(account, changesOf(account, account == kept), ACCOUNT_CHANGES);
  }
}

function changesOf(account: usize, isKept: bool): u32 {
  const flags = load<u32>(account, ACCOUNT_FLAGS);
  if (isGone(account, flags, isKept)) return flags & ACCOUNT_EXISTED ? CHANGES_DELETED | CHANGES_WIPED : 0;
  let changes: u32 = 0;
  if (flags & ACCOUNT_CREATED) changes |= CHANGES_WIPED;
  if (!isEqual(account + ACCOUNT_BALANCE, account + ACCOUNT_BALANCE_BEFORE)) changes |= CHANGED_BALANCE;
  if (load<u64>(account, ACCOUNT_NONCE) != load<u64>(account, ACCOUNT_NONCE_BEFORE)) changes |= CHANGED_NONCE;
  if (!isEqual(account + ACCOUNT_CODE_HASH, account + ACCOUNT_CODE_HASH_BEFORE)) changes |= CHANGED_CODE;
  return markSlots(account) ? changes | CHANGED_SLOTS : changes;
}

function isGone(account: usize, flags: u32, isKept: bool): bool {
  if (flags & ACCOUNT_DESTROYED) return true;
  return (flags & ACCOUNT_TOUCHED) != 0 && !isKept && isEmptyAccount(account);
}

/** Whether any slot of the account has changed. */
function markSlots(account: usize): bool {
  let hasChanged = false;
  for (let slot: usize = load<u32>(account, ACCOUNT_SLOTS); slot != 0; slot = load<u32>(slot, SLOT_NEXT)) {
    const flags = load<u32>(slot, SLOT_FLAGS) & ~SLOT_CHANGED;
    const isChanged = (flags & SLOT_LOADED) != 0 && !isEqual(slot + SLOT_VALUE, slot + SLOT_BEFORE);
    store<u32>(slot, isChanged ? flags | SLOT_CHANGED : flags, SLOT_FLAGS);
    hasChanged = hasChanged || isChanged;
  }
  return hasChanged;
}
