// Takes a transaction's bytes apart, from the core's memory into TRANSACTION: signed ones of this chain. Whatever is not
// exactly so is left to the host, which also recovers who signed authorizations.
import { closeEnvelope, isForOneChain, openEnvelope } from "../envelope";
import { ROW_PAYLOAD, ROW_PAYLOAD_SIZE, ROW_SENDER } from "../layout";
import {
  ADDRESS_PREFIX, beStrange, cursor, EMPTY_STRING, isStrange, openList, readAmount, readFixed, readNumber, readString,
  skipList, skips, stringSize, WORD_PREFIX,
} from "../rlp-cursor";
import { fetchBytes, peek } from "./core";
import { placeAuthorizations } from "./host";
import { BLOCK, BLOCK_CHAIN_ID, TRANSACTION, TX_BLOB_COUNT, TX_BLOB_HASHES, TX_ORIGIN, workerArena } from "./layout";
import { reserveTransaction } from "./transaction";
import {
  ACCESS_KEY_COUNT, ACCESS_KEYS, TX_ACCESS_LIST, TX_ACCESS_LIST_COUNT, TX_CHAIN_ID, TX_DATA, TX_DATA_SIZE, TX_FLAGS,
  TX_GAS_LIMIT, TX_HAS_CHAIN_ID, TX_IS_CREATION, TX_MAX_BLOB_FEE, TX_MAX_FEE, TX_MAX_PRIORITY_FEE, TX_NONCE, TX_TO, TX_TYPE, TX_VALUE,
} from "./transaction-record";
import { readWord } from "./words/bytes";
import { copyWord } from "./words/word";

/** Lists in memory are not longer than so often their bytes: 48 stand for the 27 bytes or more of an authorization. */
const GROWTH: usize = 2;

/** Reads the transaction of the core's `row`, which is number `tx`. False: it is for the host. */
export function readPayload(row: usize, tx: i32): bool {
  const size = <usize>u32(peek(row + ROW_PAYLOAD_SIZE));
  const raw = reserveTransaction(u32(size + size * GROWTH + 64));
  if (raw == 0) return false;
  fetchBytes(raw, <usize>u32(peek(row + ROW_PAYLOAD)), size);
  fetchBytes(workerArena + TRANSACTION + TX_ORIGIN, <usize>u32(peek(row + ROW_SENDER)), 16);
  store<u32>(workerArena + TRANSACTION, u32(peek(<usize>u32(peek(row + ROW_SENDER)) + 16)), TX_ORIGIN + 16);
  return readFields(raw, size, tx);
}

function readFields(raw: usize, size: usize, tx: i32): bool {
  const transaction = workerArena + TRANSACTION;
  const chainId = load<u64>(workerArena + BLOCK, BLOCK_CHAIN_ID);
  const type = openEnvelope(raw, size, chainId);
  store<u32>(transaction, type, TX_TYPE);
  store<u64>(transaction, readNumber(), TX_NONCE);
  if (type >= 2) readAmountWord(transaction + TX_MAX_PRIORITY_FEE);
  readAmountWord(transaction + TX_MAX_FEE);
  if (type < 2) copyWord(transaction + TX_MAX_PRIORITY_FEE, transaction + TX_MAX_FEE);
  store<u64>(transaction, readNumber(), TX_GAS_LIMIT);
  const isCreation = type < 3 && skips(EMPTY_STRING);
  if (!isCreation) memory.copy(transaction + TX_TO, readFixed(ADDRESS_PREFIX), 20);
  readAmountWord(transaction + TX_VALUE);
  store<u32>(transaction, u32(readString()), TX_DATA);
  store<u32>(transaction, u32(stringSize), TX_DATA_SIZE);
  let place = (raw + size + 23) & ~15;
  if (type != 0) place = readAccessList(place);
  if (type == 3) readBlobs(place);
  if (type == 4) skipList(); // the host judges it, too
  const isRead = closeEnvelope(type, chainId);
  if (isForOneChain) store<u64>(transaction, chainId, TX_CHAIN_ID);
  store<u32>(transaction, (isCreation ? TX_IS_CREATION : 0) | (isForOneChain ? TX_HAS_CHAIN_ID : 0), TX_FLAGS);
  return isRead && (type != 4 || placeAuthorizations(tx, place));
}

function readAmountWord(word: usize): void {
  readAmount(word);
  readWord(word, word);
}

/** Writes the entries from `place` on (EIP-2930); where they end. */
function readAccessList(place: usize): usize {
  const end = openList();
  let entry = place;
  let count: u32 = 0;
  for (; !isStrange && cursor < end; count++) {
    const entryEnd = openList();
    memory.copy(entry, readFixed(ADDRESS_PREFIX), 20);
    const keysEnd = openList();
    let keyCount: u32 = 0;
    for (; !isStrange && cursor < keysEnd; keyCount++) {
      memory.copy(entry + ACCESS_KEYS + usize(keyCount) * 32, readFixed(WORD_PREFIX), 32);
    }
    if (cursor != keysEnd || cursor != entryEnd) beStrange();
    store<u32>(entry, keyCount, ACCESS_KEY_COUNT);
    entry += ACCESS_KEYS + usize(keyCount) * 32;
  }
  if (cursor != end) beStrange();
  store<u32>(workerArena + TRANSACTION, u32(place), TX_ACCESS_LIST);
  store<u32>(workerArena + TRANSACTION, count, TX_ACCESS_LIST_COUNT);
  return entry;
}

/** Writes the hashes from `place` on (EIP-4844), and what a blob may cost. */
function readBlobs(place: usize): void {
  const transaction = workerArena + TRANSACTION;
  readAmountWord(transaction + TX_MAX_BLOB_FEE);
  const end = openList();
  let count: u32 = 0;
  for (; !isStrange && cursor < end; count++) memory.copy(place + usize(count) * 32, readFixed(WORD_PREFIX), 32);
  if (cursor != end) beStrange();
  store<u32>(transaction, u32(place), TX_BLOB_HASHES);
  store<u32>(transaction, count, TX_BLOB_COUNT);
}
