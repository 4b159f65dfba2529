// Takes a transaction's bytes apart, from the core's memory into TRANSACTION: signed ones of type 0, 1 or 2 of this chain.
// Whatever is not exactly so is left to the host, as are blobs and authorizations, whose signers it recovers.
import { closeEnvelope, isForOneChain, openEnvelope } from "../envelope";
import { ROW_PAYLOAD, ROW_PAYLOAD_SIZE, ROW_SENDER } from "../layout";
import {
  ADDRESS_PREFIX, beStrange, cursor, EMPTY_STRING, isStrange, openList, readAmount, readFixed, readNumber, readString,
  skips, stringSize, WORD_PREFIX,
} from "../rlp-cursor";
import { fetchBytes, peek } from "./core";
import { BLOCK, BLOCK_CHAIN_ID, TRANSACTION, TX_ORIGIN, workerArena } from "./layout";
import { reserveTransaction } from "./transaction";
import {
  ACCESS_KEY_COUNT, ACCESS_KEYS, TX_ACCESS_LIST, TX_ACCESS_LIST_COUNT, TX_CHAIN_ID, TX_DATA, TX_DATA_SIZE, TX_FLAGS,
  TX_GAS_LIMIT, TX_HAS_CHAIN_ID, TX_IS_CREATION, TX_MAX_FEE, TX_MAX_PRIORITY_FEE, TX_NONCE, TX_TO, TX_TYPE, TX_VALUE,
} from "./transaction-record";
import { readWord } from "./words/bytes";
import { copyWord } from "./words/word";

/** An access list's entries in memory are longer than its bytes by one part in so many at most: 24 stand for 23 or more. */
const GROWTH_PARTS: usize = 16;

/** Reads the transaction of the core's `row`. False: it is for the host. */
export function readPayload(row: usize): bool {
  const size = <usize>u32(peek(row + ROW_PAYLOAD_SIZE));
  const raw = reserveTransaction(u32(size * 2 + size / GROWTH_PARTS + 64));
  if (raw == 0) return false;
  fetchBytes(raw, <usize>u32(peek(row + ROW_PAYLOAD)), size);
  fetchBytes(workerArena + TRANSACTION + TX_ORIGIN, <usize>u32(peek(row + ROW_SENDER)), 16);
  store<u32>(workerArena + TRANSACTION, u32(peek(<usize>u32(peek(row + ROW_SENDER)) + 16)), TX_ORIGIN + 16);
  return readFields(raw, size);
}

function readFields(raw: usize, size: usize): bool {
  const transaction = workerArena + TRANSACTION;
  const chainId = load<u64>(workerArena + BLOCK, BLOCK_CHAIN_ID);
  const type = openEnvelope(raw, size, chainId);
  store<u32>(transaction, type, TX_TYPE);
  store<u64>(transaction, readNumber(), TX_NONCE);
  if (type == 2) readAmountWord(transaction + TX_MAX_PRIORITY_FEE);
  readAmountWord(transaction + TX_MAX_FEE);
  if (type != 2) copyWord(transaction + TX_MAX_PRIORITY_FEE, transaction + TX_MAX_FEE);
  store<u64>(transaction, readNumber(), TX_GAS_LIMIT);
  const isCreation = skips(EMPTY_STRING);
  if (!isCreation) memory.copy(transaction + TX_TO, readFixed(ADDRESS_PREFIX), 20);
  readAmountWord(transaction + TX_VALUE);
  store<u32>(transaction, u32(readString()), TX_DATA);
  store<u32>(transaction, u32(stringSize), TX_DATA_SIZE);
  if (type != 0) readAccessList((raw + size + 23) & ~15);
  const isRead = closeEnvelope(type, chainId);
  if (isForOneChain) store<u64>(transaction, chainId, TX_CHAIN_ID);
  store<u32>(transaction, (isCreation ? TX_IS_CREATION : 0) | (isForOneChain ? TX_HAS_CHAIN_ID : 0), TX_FLAGS);
  return isRead;
}

function readAmountWord(word: usize): void {
  readAmount(word);
  readWord(word, word);
}

/** Writes the entries from `place` on (EIP-2930). */
function readAccessList(place: usize): void {
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
}
