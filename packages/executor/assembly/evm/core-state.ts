// State as the core has it for the run that this thread is in: what lies below the transaction, every read noted there.
// Answers as the host's imports do, in the exchange area.
import { IS_AT_LEAST, IS_UNKNOWN } from "../answers";
import {
  ENTRY_BASE_HAS_STORAGE, ENTRY_HEADS, FIELD_BALANCE, FIELD_CODE, FIELD_GENERATION, FIELD_NONCE, GENERATION_POSITION,
  GENERATION_PRESENT, headOf, IS_SERIAL, READ_NONCE_IS, RECORD_VALUE,
} from "../layout";
import {
  fetchBytes, fetchNumber, hasAccountBase, hasSlotBase, internAccount, internSlot, isFinalRun, ownScratch, peek,
  placeBytes, placeNumber, placeSmall, readAtLeast, readExact, readPredicate, readSharedSlot,
} from "./core";
import {
  EXCHANGE_BALANCE, EXCHANGE_CODE_HASH, EXCHANGE_NONCE, EXCHANGE_VALUE, HOST_ABSENT, HOST_FAILED, HOST_PRESENT,
  loadAccountBase, loadSlotBase,
} from "./host";
import {
  ACCOUNT_ADDRESS, ACCOUNT_BALANCE_OPEN, ACCOUNT_ENTRY, ACCOUNT_FLAGS, ACCOUNT_GENERATION, EXCHANGE, SLOT_ACCOUNT, SLOT_HEAD,
  SLOT_KEY, workerArena,
} from "./layout";
import { writeEmptyHash } from "./empty-hash";
import { hostFailed, starve } from "./run-state";
import { isZero, setSmall } from "./words/word";

/** Reads an account, but its balance only as far as that says whether there is an account. */
export function readAccountOnCore(account: usize): u32 {
  return readWithNonce(account, true);
}

/**
 * Reads the sender with its nonce assumed; at the frontier an assumption has nothing left to win. Where one worker runs the
 * block, nor has an open balance, and who pays is read sooner than compared.
 */
export function readSenderOnCore(account: usize, nonce: u64): u32 {
  const staysOpen = u32(peek(IS_SERIAL)) == 0;
  if (isFinalRun()) return readWithNonce(account, staysOpen);
  const generation = generationOf(account);
  if (generation == 0) return HOST_FAILED;
  const operand = ownScratch();
  placeSmall(operand, nonce);
  const head = headOf(load<u32>(account, ACCOUNT_ENTRY), FIELD_NONCE);
  return readPredicate(head, READ_NONCE_IS, operand) ? readRest(account, generation, nonce, staysOpen) : starved();
}

/** Reads the balance exactly, into the word `word`. False: the run is void. */
export function readBalanceOnCore(word: usize, account: usize): bool {
  const balance = readExact(balanceHead(account));
  if (balance == 0) {
    starve();
    return false;
  }
  fetchNumber(word, balance + RECORD_VALUE);
  return true;
}

/** Whether the balance before this run is at least the word `amount`, of which alone the read is noted. */
export function ownsOnCore(account: usize, amount: usize): bool {
  const operand = ownScratch();
  placeNumber(operand, amount);
  return isAtLeast(account, operand);
}

/** Reads a slot exactly. */
export function readSlotOnCore(slot: usize): u32 {
  const generation = generationOf(load<u32>(slot, SLOT_ACCOUNT));
  const head = generation == 0 ? <usize>0 : slotHead(slot);
  if (head == 0) return HOST_FAILED;
  const value = readSharedSlot(head, generation);
  if (value == 0) return starved();
  fetchBytes(workerArena + EXCHANGE + EXCHANGE_VALUE, value, 32);
  return HOST_PRESENT;
}

/** Whether the account had a slot that is not zero. Where code ran since the block began it has a nonce, and nobody asks. */
export function hasStorageOnCore(account: usize): u32 {
  const generation = generationOf(account);
  if (generation == 0) return HOST_FAILED;
  if (peek(generation + RECORD_VALUE + GENERATION_POSITION) != 0) return HOST_ABSENT;
  const had = u32(peek(<usize>load<u32>(account, ACCOUNT_ENTRY) + ENTRY_BASE_HAS_STORAGE));
  return had != 0 ? HOST_PRESENT : HOST_ABSENT;
}

/** The entry of an account, its values from before the block known. 0: the run is void. */
export function entryOf(account: usize): usize {
  const known: usize = load<u32>(account, ACCOUNT_ENTRY);
  if (known != 0) return known;
  const key = ownScratch();
  placeBytes(key, account + ACCOUNT_ADDRESS, 20);
  const entry = internAccount(key);
  if (entry == 0) return nowhere();
  if (!hasAccountBase(entry) && loadAccountBase(entry) == HOST_FAILED) return unread();
  store<u32>(account, u32(entry), ACCOUNT_ENTRY);
  return entry;
}

/** The head of a slot, its value from before the block known. 0: the run is void. */
export function slotHead(slot: usize): usize {
  const known: usize = load<u32>(slot, SLOT_HEAD);
  if (known != 0) return known;
  const account = entryOf(load<u32>(slot, SLOT_ACCOUNT));
  if (account == 0) return 0;
  const key = ownScratch();
  placeNumber(key, slot + SLOT_KEY);
  const entry = internSlot(account, key);
  if (entry == 0) return nowhere();
  const head = entry + ENTRY_HEADS;
  if (!hasSlotBase(head) && loadSlotBase(head) == HOST_FAILED) return unread();
  store<u32>(slot, u32(head), SLOT_HEAD);
  return head;
}

/** The record of the account's storage generation, read once a run so that all of its slots fit together. 0: void. */
function generationOf(account: usize): usize {
  const known: usize = load<u32>(account, ACCOUNT_GENERATION);
  if (known != 0) return known;
  const entry = entryOf(account);
  if (entry == 0) return 0;
  const generation = readExact(headOf(entry, FIELD_GENERATION));
  if (generation == 0) return nowhere();
  store<u32>(account, u32(generation), ACCOUNT_GENERATION);
  return generation;
}

function readWithNonce(account: usize, staysOpen: bool): u32 {
  const generation = generationOf(account);
  if (generation == 0) return HOST_FAILED;
  const nonce = readExact(headOf(load<u32>(account, ACCOUNT_ENTRY), FIELD_NONCE));
  return nonce == 0 ? starved() : readRest(account, generation, bswap<u64>(peek(nonce + RECORD_VALUE + 24)), staysOpen);
}

/**
 * Reads code and balance of an account whose nonce is read. Whoever has a nonce or a code exists and is not empty, whatever
 * it owns: so its balance can stay open, as can one of which it suffices that it is not zero.
 */
function readRest(account: usize, generation: usize, nonce: u64, staysOpen: bool): u32 {
  const code = readExact(headOf(load<u32>(account, ACCOUNT_ENTRY), FIELD_CODE));
  if (code == 0) return starved();
  const exchange = workerArena + EXCHANGE;
  store<u64>(exchange, nonce, EXCHANGE_NONCE);
  fetchBytes(exchange + EXCHANGE_CODE_HASH, code + RECORD_VALUE, 32);
  const hasCode = !isZero(exchange + EXCHANGE_CODE_HASH);
  if (!hasCode) writeEmptyHash(exchange + EXCHANGE_CODE_HASH); // 32 zeros in the core
  const isSomebody = nonce != 0 || hasCode;
  if (staysOpen) {
    setSmall(exchange + EXCHANGE_BALANCE, 0);
    if (isSomebody || ownsSomething(account)) {
      store<u32>(account, load<u32>(account, ACCOUNT_FLAGS) | ACCOUNT_BALANCE_OPEN, ACCOUNT_FLAGS);
      return HOST_PRESENT;
    }
  } else {
    if (!readBalanceOnCore(exchange + EXCHANGE_BALANCE, account)) return HOST_FAILED;
    if (isSomebody || !isZero(exchange + EXCHANGE_BALANCE)) return HOST_PRESENT;
  }
  return u32(peek(generation + RECORD_VALUE + GENERATION_PRESENT)) == 0 ? HOST_ABSENT : HOST_PRESENT;
}

function ownsSomething(account: usize): bool {
  const operand = ownScratch();
  placeSmall(operand, 1);
  return isAtLeast(account, operand);
}

function isAtLeast(account: usize, operand: usize): bool {
  const answer = readAtLeast(balanceHead(account), operand);
  if (answer == IS_UNKNOWN) starve();
  return answer == IS_AT_LEAST;
}

@inline
function balanceHead(account: usize): usize {
  return headOf(load<u32>(account, ACCOUNT_ENTRY), FIELD_BALANCE);
}

function starved(): u32 {
  starve();
  return HOST_FAILED;
}

function nowhere(): usize {
  starve();
  return 0;
}

function unread(): usize {
  hostFailed();
  return 0;
}
