import { p2pErrors } from '../errors.ts';
import type { NetworkLimits } from '../limits.ts';

// version (1) | nonce (8) | count (2) | per transaction: size (4), bytes
const VERSION = 1;
const NONCE_BYTES = 8;
const HEADER_BYTES = 1 + NONCE_BYTES + 2;
const SIZE_BYTES = 4;

type BatchLimits = Pick<NetworkLimits, 'batchBytes' | 'batchHardBytes' | 'batchTransactions' | 'transactionBytes'>;

/**
 * Cuts transactions, in order, into lists that each fit one batch. Empty and oversized transactions are left out and
 * counted: no peer would take them.
 */
export function splitBatch(
  transactions: readonly Uint8Array[],
  limits: BatchLimits,
): { readonly batches: Uint8Array[][]; readonly leftOut: number } {
  const batches: Uint8Array[][] = [];
  let current: Uint8Array[] = [];
  let currentBytes = HEADER_BYTES;
  let leftOut = 0;
  for (const transaction of transactions) {
    if (transaction.length === 0 || transaction.length > limits.transactionBytes) {
      leftOut++;
      continue;
    }
    const bytes = SIZE_BYTES + transaction.length;
    const full = current.length >= limits.batchTransactions || currentBytes + bytes > limits.batchBytes;
    if (full && current.length > 0) {
      batches.push(current);
      current = [];
      currentBytes = HEADER_BYTES;
    }
    current.push(transaction);
    currentBytes += bytes;
  }
  if (current.length > 0) batches.push(current);
  return { batches, leftOut };
}

/**
 * The gossip message of a batch. `nonce` (8 bytes) makes a repeated batch a message of its own: gossipsub drops bytes
 * that it has seen within its cache's time, even when nobody received them.
 */
export function encodeBatch(transactions: readonly Uint8Array[], nonce: Uint8Array): Uint8Array {
  let size = HEADER_BYTES;
  for (const transaction of transactions) size += SIZE_BYTES + transaction.length;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  bytes[0] = VERSION;
  bytes.set(nonce, 1);
  view.setUint16(1 + NONCE_BYTES, transactions.length);
  let offset = HEADER_BYTES;
  for (const transaction of transactions) {
    view.setUint32(offset, transaction.length);
    bytes.set(transaction, offset + SIZE_BYTES);
    offset += SIZE_BYTES + transaction.length;
  }
  return bytes;
}

/**
 * The transactions of a batch, as views on `bytes`.
 *
 * @throws HeddleError `P2P_BATCH_MALFORMED`
 */
export function decodeBatch(bytes: Uint8Array, limits: BatchLimits): Uint8Array[] {
  if (bytes.length > limits.batchHardBytes) throw p2pErrors.batchMalformed(`${bytes.length} bytes are too many`);
  if (bytes.length < HEADER_BYTES) throw p2pErrors.batchMalformed('the header is cut off');
  if (bytes[0] !== VERSION) throw p2pErrors.batchMalformed(`version ${bytes[0]} is unknown`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint16(1 + NONCE_BYTES);
  if (count === 0 || count > limits.batchTransactions) throw p2pErrors.batchMalformed(`${count} transactions`);
  const transactions: Uint8Array[] = [];
  let offset = HEADER_BYTES;
  for (let index = 0; index < count; index++) {
    if (offset + SIZE_BYTES > bytes.length) throw p2pErrors.batchMalformed('a size is cut off');
    const size = view.getUint32(offset);
    offset += SIZE_BYTES;
    if (size === 0 || size > limits.transactionBytes) throw p2pErrors.batchMalformed(`a transaction of ${size} bytes`);
    if (offset + size > bytes.length) throw p2pErrors.batchMalformed('a transaction is cut off');
    transactions.push(new Uint8Array(bytes.buffer, bytes.byteOffset + offset, size)); // plain, where bytes is a Buffer
    offset += size;
  }
  if (offset !== bytes.length) throw p2pErrors.batchMalformed('bytes follow the last transaction');
  return transactions;
}
