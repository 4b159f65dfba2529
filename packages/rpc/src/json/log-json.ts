import { assert, toQuantity } from '@heddle/primitives';
import type { LoggedBlock } from '../block-readings.ts';

/**
 * Log `position` of transaction `index` as geth spells it; `firstLog` is the transaction's first log's place in the
 * block. Never `removed`: what is decided stays.
 */
export function logJson(
  reading: LoggedBlock,
  index: number,
  firstLog: number,
  position: number,
): Record<string, unknown> {
  const log = reading.receipts()[index]?.logs[position];
  assert(log !== undefined, `block ${reading.number} has no log ${position} in transaction ${index}`);
  return {
    address: log.address,
    topics: log.topics,
    data: log.data,
    blockNumber: toQuantity(reading.number),
    transactionHash: reading.hashOf(index),
    transactionIndex: toQuantity(index),
    blockHash: reading.stored.hash,
    blockTimestamp: toQuantity(reading.stored.block.header.timestamp),
    logIndex: toQuantity(firstLog + position),
    removed: false,
  };
}
