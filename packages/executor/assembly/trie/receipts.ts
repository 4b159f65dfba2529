// The receipts of a block as their trie holds them (EIP-2718, EIP-658), with their blooms, made of what the runs of its
// transactions left.
import { reach } from "./arena";
import { addEntry, flushEntries, resetEntries, uniteBloom } from "./bloom";
import { clearBytes, copyBytes } from "./bytes";
import { LEAF_TASK_ITEMS } from "./fold";
import {
  BLOOM_SIZE, IN_ENCODING, ITEM_VALUE_SIZE, JOB, LEAF_COUNT, RECEIPT_CONTENT_SIZE, RECEIPT_GAS_SO_FAR, RECEIPT_GAS_USED,
  RECEIPT_HAS_ROOT, RECEIPT_ITEM, RECEIPT_LOGS_SIZE, RECEIPT_RESULT, RECEIPT_ROOT, RECEIPT_SIZE, RECEIPT_STORED,
} from "./layout";
import { endOfItem, listIndexed, valueOf } from "./leaf-list";
import {
  HASH_SIZE, isOwnEncoding, LIST, numberSize, prefixSize, STRING, writeNumber, writePrefix, writeReference,
} from "./rlp";
import {
  ADDRESS_SIZE, dataOf, dataSizeOf, endOfLog, firstLog, hasSucceeded, logCount, nextResult, TOPIC_SIZE, topicCount, topicsOf,
} from "./run-results";
import { placeStored, storedSize, storeReceipt } from "./stored-receipts";
import { workerSpace } from "./workspace";

/** A bloom's RLP: a string with its size in two bytes. */
const BLOOM_FIELD_SIZE: u32 = 3 + u32(BLOOM_SIZE);
/** A topic's. */
const TOPIC_FIELD_SIZE: u32 = TOPIC_SIZE + 1;

/** Where the host writes what the runs of `count` transactions left. */
export function runResults(count: u32): usize {
  return receiptAt(count);
}

/**
 * Lists a leaf item for each of `count` receipts, with room for its value, and makes room for their stored form; the first
 * byte behind that. `resultsEnd`: where what the runs left ends.
 */
export function listReceipts(count: u32, resultsEnd: usize): usize {
  const items = (resultsEnd + 7) & ~7;
  let item = items;
  let result = runResults(count);
  let gas: u64 = 0;
  let stored: u32 = 0;
  for (let index: u32 = 0; index < count; index++) {
    const receipt = receiptAt(index);
    gas += u64(load<f64>(receipt, RECEIPT_GAS_USED));
    store<u64>(receipt, gas, RECEIPT_GAS_SO_FAR);
    store<u32>(receipt, u32(result), RECEIPT_RESULT);
    store<u32>(receipt, u32(item), RECEIPT_ITEM);
    store<u32>(receipt, stored, RECEIPT_STORED);
    result = measureLogs(receipt, result);
    stored += storedSize(receipt);
    const content = contentSize(receipt);
    store<u32>(receipt, content, RECEIPT_CONTENT_SIZE);
    const size = (load<u8>(receipt) != 0 ? 1 : 0) + prefixSize(content) + content;
    reach(valueOf(item) + 8);
    store<u32>(item, size, ITEM_VALUE_SIZE);
    item = endOfItem(item, size);
  }
  return placeStored(listIndexed(items, count), stored);
}

/** Encodes portion `task` of the receipts, each as the value of its leaf item and as it is stored. */
export function encodeReceipts(task: u32): void {
  const end = min((task + 1) * LEAF_TASK_ITEMS, load<u32>(LEAF_COUNT));
  resetEntries();
  for (let index = task * LEAF_TASK_ITEMS; index < end; index++) {
    const receipt = receiptAt(index);
    storeReceipt(receipt, encodeReceipt(receipt));
  }
  flushEntries();
}

/** Where the block's bloom stands until the next step. */
export function uniteBlooms(): usize {
  const bloom = workerSpace + IN_ENCODING;
  const count = load<u32>(LEAF_COUNT);
  clearBytes(bloom, BLOOM_SIZE);
  for (let index: u32 = 0; index < count; index++) {
    const receipt = receiptAt(index);
    if (logCount(load<u32>(receipt, RECEIPT_RESULT)) != 0) uniteBloom(bloom, bloomOf(receipt));
  }
  return bloom;
}

/** Notes how much the RLP of the logs of `result` takes; the next result. */
function measureLogs(receipt: usize, result: usize): usize {
  let size: u32 = 0;
  let log = firstLog(result);
  for (let left = logCount(result); left > 0; left--, log = endOfLog(log)) {
    const content = logContentSize(log);
    size += prefixSize(content) + content;
  }
  store<u32>(receipt, size, RECEIPT_LOGS_SIZE);
  return nextResult(log);
}

function contentSize(receipt: usize): u32 {
  const logs = load<u32>(receipt, RECEIPT_LOGS_SIZE);
  return (load<u8>(receipt, RECEIPT_HAS_ROOT) ? HASH_SIZE + 1 : 1) + numberSize(load<u64>(receipt, RECEIPT_GAS_SO_FAR))
    + BLOOM_FIELD_SIZE + prefixSize(logs) + logs;
}

function logContentSize(log: usize): u32 {
  const topics = topicCount(log) * TOPIC_FIELD_SIZE;
  const size = dataSizeOf(log);
  return ADDRESS_SIZE + 1 + prefixSize(topics) + topics + (isOwnEncoding(dataOf(log), size) ? 1 : prefixSize(size) + size);
}

/** Where the list of its logs begins. */
function encodeReceipt(receipt: usize): usize {
  const result: usize = load<u32>(receipt, RECEIPT_RESULT);
  let end = valueOf(load<u32>(receipt, RECEIPT_ITEM));
  const type: u32 = load<u8>(receipt);
  if (type != 0) store<u8>(end++, type);
  end = writePrefix(end, LIST, load<u32>(receipt, RECEIPT_CONTENT_SIZE));
  if (load<u8>(receipt, RECEIPT_HAS_ROOT)) end = writeReference(end, receipt + RECEIPT_ROOT, HASH_SIZE);
  else end = writeNumber(end, hasSucceeded(result) ? 1 : 0);
  end = writeNumber(end, load<u64>(receipt, RECEIPT_GAS_SO_FAR));
  const bloom = writePrefix(end, STRING, u32(BLOOM_SIZE));
  clearBytes(bloom, BLOOM_SIZE);
  const logs = bloom + BLOOM_SIZE;
  end = writePrefix(logs, LIST, load<u32>(receipt, RECEIPT_LOGS_SIZE));
  let log = firstLog(result);
  for (let left = logCount(result); left > 0; left--, log = endOfLog(log)) end = encodeLog(end, log, bloom);
  return logs;
}

function encodeLog(target: usize, log: usize, bloom: usize): usize {
  let end = writePrefix(target, LIST, logContentSize(log));
  store<u8>(end, STRING + ADDRESS_SIZE);
  copyBytes(end + 1, log, ADDRESS_SIZE);
  addEntry(bloom, log, ADDRESS_SIZE);
  const topics = topicCount(log);
  end = writePrefix(end + 1 + ADDRESS_SIZE, LIST, topics * TOPIC_FIELD_SIZE);
  let topic = topicsOf(log);
  for (let left = topics; left > 0; left--, topic += TOPIC_SIZE) {
    end = writeReference(end, topic, HASH_SIZE);
    addEntry(bloom, topic, TOPIC_SIZE);
  }
  const data = dataOf(log);
  const size = dataSizeOf(log);
  if (!isOwnEncoding(data, size)) end = writePrefix(end, STRING, size);
  copyBytes(end, data, size);
  return end + size;
}

@inline
function bloomOf(receipt: usize): usize {
  const item: usize = load<u32>(receipt, RECEIPT_ITEM);
  const logs = load<u32>(receipt, RECEIPT_LOGS_SIZE);
  return valueOf(item) + load<u32>(item, ITEM_VALUE_SIZE) - logs - prefixSize(logs) - BLOOM_SIZE;
}

@inline
function receiptAt(index: u32): usize {
  return JOB + usize(index) * RECEIPT_SIZE;
}
