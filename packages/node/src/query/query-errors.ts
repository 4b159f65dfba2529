import { HeddleError } from '@heddle/primitives';

/** A query names a block that the store does not hold. */
export function queryBlockUnknown(blockNumber: number, headNumber: number): HeddleError {
  return new HeddleError(
    'QUERY_BLOCK_UNKNOWN',
    `block ${blockNumber} is not in the store, whose head is ${headNumber}`,
    {
      remedy: 'ask for a block at or below the head',
    },
  );
}
