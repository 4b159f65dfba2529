// The receipts of a block in the form that the store keeps them (encodeStoredReceipts of primitives): one list, without what
// is computed again, bloom and gas of all before.
import { reach } from "./arena";
import { copyBytes } from "./bytes";
import {
  FIRST_STORED, RECEIPT_GAS_USED, RECEIPT_HAS_ROOT, RECEIPT_LOGS_SIZE, RECEIPT_RESULT, RECEIPT_ROOT, RECEIPT_STORED,
  STORED_RECEIPTS,
} from "./layout";
import { HASH_SIZE, LIST, numberSize, prefixSize, STRING, writeNumber, writePrefix, writeReference } from "./rlp";
import { ADDRESS_SIZE, contractOf, hasContract, hasSucceeded } from "./run-results";

/** Bytes of a receipt whose logs are measured. */
export function storedSize(receipt: usize): u32 {
  const content = contentSize(receipt);
  return prefixSize(content) + content;
}

/** Says where the list of receipts that take `size` bytes goes; the first byte behind it. */
export function placeStored(target: usize, size: u32): usize {
  const first = target + prefixSize(size);
  reach(first + size);
  writePrefix(target, LIST, size);
  store<u32>(STORED_RECEIPTS, u32(target));
  store<u32>(FIRST_STORED, u32(first));
  return first + size;
}

/** Writes the receipt to its place in that list. `logs`: the RLP of the list of its logs. */
export function storeReceipt(receipt: usize, logs: usize): void {
  const result: usize = load<u32>(receipt, RECEIPT_RESULT);
  let end: usize = load<u32>(FIRST_STORED) + load<u32>(receipt, RECEIPT_STORED);
  end = writePrefix(end, LIST, contentSize(receipt));
  store<u8>(end, load<u8>(receipt)); // type and outcome always take a byte, also for 0
  store<u8>(end, u8(hasSucceeded(result)), 1);
  end = writeNumber(end + 2, gasUsed(receipt));
  if (hasContract(result)) {
    store<u8>(end++, STRING + ADDRESS_SIZE);
    copyBytes(end, contractOf(result), ADDRESS_SIZE);
    end += ADDRESS_SIZE;
  } else store<u8>(end++, STRING);
  const size = logsSize(receipt);
  memory.copy(end, logs, size);
  if (load<u8>(receipt, RECEIPT_HAS_ROOT)) writeReference(end + size, receipt + RECEIPT_ROOT, HASH_SIZE);
}

function contentSize(receipt: usize): u32 {
  return 2 + numberSize(gasUsed(receipt)) + (hasContract(load<u32>(receipt, RECEIPT_RESULT)) ? ADDRESS_SIZE + 1 : 1)
    + logsSize(receipt) + (load<u8>(receipt, RECEIPT_HAS_ROOT) ? HASH_SIZE + 1 : 0);
}

@inline
function gasUsed(receipt: usize): u64 {
  return u64(load<f64>(receipt, RECEIPT_GAS_USED));
}

@inline
function logsSize(receipt: usize): u32 {
  const content = load<u32>(receipt, RECEIPT_LOGS_SIZE);
  return prefixSize(content) + content;
}
