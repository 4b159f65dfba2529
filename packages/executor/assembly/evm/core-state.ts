// State as the core has it for the run that this thread is in: what lies below the transaction, every read noted there.
// Answers as the host's imports do, in the exchange area.
import {
  ENTRY_BASE_HAS_STORAGE, ENTRY_HEADS, FIELD_BALANCE, FIELD_CODE, FIELD_GENERATION, FIELD_NONCE, GENERATION_POSITION,
  GENERATION_PRESENT, headOf, READ_NONCE_IS, RECORD_VALUE,
} from "../layout";
import {
  fetchBytes, fetchNumber, hasAccountBase, hasSlotBase, internAccount, internSlot, isFinalRun, ownScratch, peek, placeBytes,
  placeNumber, placeSmall, readExact, readPredicate, readSharedSlot,
} from "./core";
import {
  EXCHANGE_BALANCE, EXCHANGE_CODE_HASH, EXCHANGE_NONCE, EXCHANGE_VALUE, HOST_ABSENT, HOST_FAILED, HOST_PRESENT,
  loadAccountBase, loadSlotBase,
} from "./host";
import {
  ACCOUNT_ADDRESS, ACCOUNT_ENTRY, ACCOUNT_GENERATION, EXCHANGE, SLOT_ACCOUNT, SLOT_HEAD, SLOT_KEY, workerArena,
} from "./layout";
import { writeEmptyHash } from "./empty-hash";
import { hostFailed, starve } from "./run-state";
import { isZero } from "./words/word";

/** Reads an account exactly. */
export function readAccountOnCore(account: usize): u32 {
  const generation = generationOf(account);
  if (generation == 0) return HOST_FAILED;
  const entry: usize = load<u32>(account, ACCOUNT_ENTRY);
  const nonce = readExact(headOf(entry, FIELD_NONCE));
  return nonce == 0 ? starved() : readRest(entry, generation, bswap<u64>(peek(nonce + RECORD_VALUE + 24)));
}

/** Reads the sender with its nonce assumed; at the frontier an assumption has nothing left to win. */
export function readSenderOnCore(account: usize, nonce: u64): u32 {
  if (isFinalRun()) return readAccountOnCore(account);
  const generation = generationOf(account);
  if (generation == 0) return HOST_FAILED;
  const entry: usize = load<u32>(account, ACCOUNT_ENTRY);
  const operand = ownScratch();
  placeSmall(operand, nonce);
  return readPredicate(headOf(entry, FIELD_NONCE), READ_NONCE_IS, operand) ? readRest(entry, generation, nonce) : starved();
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

function readRest(entry: usize, generation: usize, nonce: u64): u32 {
  const balance = readExact(headOf(entry, FIELD_BALANCE));
  const code = readExact(headOf(entry, FIELD_CODE));
  if (balance == 0 || code == 0) return starved();
  const exchange = workerArena + EXCHANGE;
  store<u64>(exchange, nonce, EXCHANGE_NONCE);
  fetchNumber(exchange + EXCHANGE_BALANCE, balance + RECORD_VALUE);
  fetchBytes(exchange + EXCHANGE_CODE_HASH, code + RECORD_VALUE, 32);
  if (!isZero(exchange + EXCHANGE_CODE_HASH)) return HOST_PRESENT;
  writeEmptyHash(exchange + EXCHANGE_CODE_HASH); // 32 zeros in the core
  const isEmpty = nonce == 0 && isZero(exchange + EXCHANGE_BALANCE);
  return isEmpty && u32(peek(generation + RECORD_VALUE + GENERATION_PRESENT)) == 0 ? HOST_ABSENT : HOST_PRESENT;
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
