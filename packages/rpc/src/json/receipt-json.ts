import { assert, effectiveGasPrice, type Receipt, toQuantity } from '@heddle/primitives';
import type { BlockReading } from '../block-readings.ts';
import { logJson } from './log-json.ts';

/** Blob gas of one blob (EIP-4844). */
const GAS_PER_BLOB = 131_072;
/** Wei a blob gas while no block holds blobs (EIP-4844's minimum). */
const BLOB_GAS_PRICE = 1n;

/** The receipt of transaction `index` of a block as geth spells it. */
export function receiptJson(reading: BlockReading, index: number): Record<string, unknown> {
  const { hash: blockHash, block } = reading.stored;
  const transaction = reading.transaction(index);
  const receipt = receiptAt(reading, index);
  const firstLog = reading.firstLogIndex(index);
  const blobCount = transaction.blobVersionedHashes.length;
  return {
    blockHash,
    blockNumber: toQuantity(reading.number),
    contractAddress: receipt.contractAddress ?? null,
    cumulativeGasUsed: toQuantity(receipt.cumulativeGasUsed),
    effectiveGasPrice: toQuantity(effectiveGasPrice(transaction, block.header.baseFeePerGas)),
    from: reading.sender(index),
    gasUsed: toQuantity(receipt.gasUsed),
    logs: receipt.logs.map((_, position) => logJson(reading, index, firstLog, position)),
    logsBloom: receipt.logsBloom,
    ...(receipt.stateRoot === undefined ? { status: receipt.succeeded ? '0x1' : '0x0' } : { root: receipt.stateRoot }),
    to: transaction.to ?? null,
    transactionHash: transaction.hash,
    transactionIndex: toQuantity(index),
    type: toQuantity(receipt.type),
    ...(receipt.type === 3
      ? { blobGasUsed: toQuantity(blobCount * GAS_PER_BLOB), blobGasPrice: toQuantity(BLOB_GAS_PRICE) }
      : {}),
  };
}

function receiptAt(reading: BlockReading, index: number): Receipt {
  const receipt = reading.receipts()[index];
  assert(receipt !== undefined, `block ${reading.number} has no receipt ${index}`);
  return receipt;
}
