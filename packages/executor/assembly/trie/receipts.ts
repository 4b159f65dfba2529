// The receipts of a block as their trie holds them (EIP-2718, EIP-658), made of what the host has written, and their blooms.
import { reach } from "./arena";
import { addEntry, flushEntries, resetEntries, uniteBloom } from "./bloom";
import { LEAF_TASK_ITEMS } from "./fold";
import { readHex, writeHex } from "./hex";
import {
  ADDRESS_TEXT_SIZE, BLOOM_SIZE, BLOOM_TEXTS, BLOOM_TEXT_SIZE, IN_ENCODING, ITEM_VALUE_SIZE, JOB, LEAF_COUNT,
  LOG_DATA_SIZE, LOG_SIZE, RECEIPT_CONTENT_SIZE, RECEIPT_FIRST_LOG, RECEIPT_GAS, RECEIPT_ITEM, RECEIPT_LOGS,
  RECEIPT_LOGS_SIZE, RECEIPT_OUTCOME, RECEIPT_OUTCOME_SIZE, RECEIPT_SIZE, RECEIPT_TEXT, SLOT_TEXT_SIZE,
} from "./layout";
import { endOfItem, listIndexed, valueOf } from "./leaf-list";
import { fieldSize, leadingZeros, LIST, prefixSize, STRING, writeField, writePrefix } from "./rlp";
import { workerSpace } from "./workspace";

const ADDRESS_SIZE: u32 = 20;
const TOPIC_SIZE: u32 = 32;
/** A bloom's RLP: a string with its size in two bytes. */
const BLOOM_FIELD_SIZE: u32 = 3 + u32(BLOOM_SIZE);

/** Where the texts of the logs of `receipts` receipts begin. */
export function logTexts(receipts: u32, logs: u32): usize {
  return JOB + usize(receipts) * RECEIPT_SIZE + usize(logs) * LOG_SIZE;
}

/** Lists a leaf item for each of `receipts` receipts, with room for its value. `textsEnd`: where the texts of `logs` end. */
export function listReceipts(receipts: u32, logs: u32, textsEnd: usize): void {
  const items = (textsEnd + 7) & ~7;
  let log = JOB + usize(receipts) * RECEIPT_SIZE;
  let text = logTexts(receipts, logs);
  let item = items;
  for (let index: u32 = 0; index < receipts; index++) {
    const receipt = receiptAt(index);
    store<u32>(receipt, u32(log), RECEIPT_FIRST_LOG);
    store<u32>(receipt, u32(text), RECEIPT_TEXT);
    store<u32>(receipt, u32(item), RECEIPT_ITEM);
    let logsSize: u32 = 0;
    for (let left = load<u32>(receipt, RECEIPT_LOGS); left > 0; left--) {
      const content = logContentSize(log, text);
      logsSize += prefixSize(content) + content;
      text += logTextSize(log);
      log += LOG_SIZE;
    }
    const outcomeSize: u32 = load<u8>(receipt, RECEIPT_OUTCOME_SIZE);
    const gasZeros = leadingZeros(receipt + RECEIPT_GAS, 8);
    const content = fieldSize(receipt + RECEIPT_OUTCOME, outcomeSize)
      + fieldSize(receipt + RECEIPT_GAS + gasZeros, 8 - gasZeros) + BLOOM_FIELD_SIZE + prefixSize(logsSize) + logsSize;
    store<u32>(receipt, logsSize, RECEIPT_LOGS_SIZE);
    store<u32>(receipt, content, RECEIPT_CONTENT_SIZE);
    const size = (load<u8>(receipt) != 0 ? 1 : 0) + prefixSize(content) + content;
    reach(valueOf(item) + 8);
    store<u32>(item, size, ITEM_VALUE_SIZE);
    item = endOfItem(item, size);
  }
  const texts = listIndexed(items, receipts);
  store<u32>(BLOOM_TEXTS, u32(texts));
  reach(texts + usize(receipts + 1) * BLOOM_TEXT_SIZE);
}

/** Encodes portion `task` of the receipts, each as the value of its leaf item. */
export function encodeReceipts(task: u32): void {
  const end = min((task + 1) * LEAF_TASK_ITEMS, load<u32>(LEAF_COUNT));
  resetEntries();
  for (let index = task * LEAF_TASK_ITEMS; index < end; index++) encodeReceipt(receiptAt(index));
  flushEntries();
  for (let index = task * LEAF_TASK_ITEMS; index < end; index++) {
    if (load<u32>(receiptAt(index), RECEIPT_LOGS) != 0) writeHex(bloomText(index), bloomOf(receiptAt(index)), BLOOM_SIZE);
  }
}

/** Writes the block's bloom as the last text; those before are of the receipts with logs. */
export function uniteBlooms(): void {
  const bloom = workerSpace + IN_ENCODING;
  const count = load<u32>(LEAF_COUNT);
  memory.fill(bloom, 0, BLOOM_SIZE);
  for (let index: u32 = 0; index < count; index++) {
    const receipt = receiptAt(index);
    if (load<u32>(receipt, RECEIPT_LOGS) != 0) uniteBloom(bloom, bloomOf(receipt));
  }
  writeHex(bloomText(count), bloom, BLOOM_SIZE);
}

function encodeReceipt(receipt: usize): void {
  let end = valueOf(load<u32>(receipt, RECEIPT_ITEM));
  const type: u32 = load<u8>(receipt);
  if (type != 0) store<u8>(end++, type);
  end = writePrefix(end, LIST, load<u32>(receipt, RECEIPT_CONTENT_SIZE));
  end = writeField(end, receipt + RECEIPT_OUTCOME, load<u8>(receipt, RECEIPT_OUTCOME_SIZE));
  const gasZeros = leadingZeros(receipt + RECEIPT_GAS, 8);
  end = writeField(end, receipt + RECEIPT_GAS + gasZeros, 8 - gasZeros);
  const bloom = writePrefix(end, STRING, u32(BLOOM_SIZE));
  memory.fill(bloom, 0, BLOOM_SIZE);
  end = writePrefix(bloom + BLOOM_SIZE, LIST, load<u32>(receipt, RECEIPT_LOGS_SIZE));
  let log: usize = load<u32>(receipt, RECEIPT_FIRST_LOG);
  let text: usize = load<u32>(receipt, RECEIPT_TEXT);
  for (let left = load<u32>(receipt, RECEIPT_LOGS); left > 0; left--) {
    end = encodeLog(end, log, text, bloom);
    text += logTextSize(log);
    log += LOG_SIZE;
  }
}

function encodeLog(target: usize, log: usize, text: usize, bloom: usize): usize {
  let end = writePrefix(target, LIST, logContentSize(log, text));
  end = writeEntry(end, text, ADDRESS_SIZE, bloom);
  text += ADDRESS_TEXT_SIZE;
  const topics = load<u32>(log);
  end = writePrefix(end, LIST, topics * (TOPIC_SIZE + 1));
  for (let topic: u32 = 0; topic < topics; topic++, text += SLOT_TEXT_SIZE) end = writeEntry(end, text, TOPIC_SIZE, bloom);
  const size = load<u32>(log, LOG_DATA_SIZE);
  if (!isOneByteField(text, size)) end = writePrefix(end, STRING, size);
  readHex(end, text, size);
  return end + size;
}

/** Writes an address or a topic as a field, and adds it to the bloom. */
function writeEntry(target: usize, text: usize, size: u32, bloom: usize): usize {
  store<u8>(target, STRING + size);
  readHex(target + 1, text, size);
  addEntry(bloom, target + 1, size);
  return target + 1 + size;
}

function logContentSize(log: usize, text: usize): u32 {
  const topics = load<u32>(log);
  const topicsSize = topics * (TOPIC_SIZE + 1);
  const dataSize = load<u32>(log, LOG_DATA_SIZE);
  const data = text + ADDRESS_TEXT_SIZE + usize(topics) * SLOT_TEXT_SIZE;
  return ADDRESS_SIZE + 1 + prefixSize(topicsSize) + topicsSize
    + (isOneByteField(data, dataSize) ? 1 : prefixSize(dataSize) + dataSize);
}

@inline
function logTextSize(log: usize): usize {
  return ADDRESS_TEXT_SIZE + usize(load<u32>(log)) * SLOT_TEXT_SIZE + 2 + (usize(load<u32>(log, LOG_DATA_SIZE)) << 1);
}

/** Whether this is a byte below 0x80, which is its own encoding: letters come behind all digits. */
@inline
function isOneByteField(text: usize, size: u32): bool {
  return size == 1 && u32(load<u8>(text, 2)) < 0x38;
}

@inline
function bloomOf(receipt: usize): usize {
  const item: usize = load<u32>(receipt, RECEIPT_ITEM);
  const size = load<u32>(item, ITEM_VALUE_SIZE);
  const logs = load<u32>(receipt, RECEIPT_LOGS_SIZE);
  return valueOf(item) + size - logs - prefixSize(logs) - BLOOM_SIZE;
}

@inline
function receiptAt(index: u32): usize {
  return JOB + usize(index) * RECEIPT_SIZE;
}

@inline
function bloomText(index: u32): usize {
  return <usize>load<u32>(BLOOM_TEXTS) + usize(index) * BLOOM_TEXT_SIZE;
}
