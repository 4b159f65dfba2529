import { type IterableSource, proveAccount, stateAt, triesAt } from '@heddle/executor';
import { assert, decodeHeader } from '@heddle/primitives';
import type { AccountProof } from '@heddle/rpc';
import { readHeader } from '../chain/block-records.ts';
import { readHead } from '../chain/head-record.ts';
import { queryBlockUnknown } from './query-errors.ts';
import type { ProofQuery } from './rpc-boundary.ts';

/** Of the time of a query: to read what has changed since the block. Undoing it in the tries takes about as long again. */
const READING_SHARE = 0.4;
/** Locations that may have changed since: what two cores undo in a few seconds, and what fits a query thread's memory. */
const MAX_CHANGES = 100_000;

/**
 * What `source`, a snapshot, can prove of the state after a block: at the head from its stored tries, before from tries
 * that are put together in memory within `timeMs`.
 *
 * @throws HeddleError `QUERY_BLOCK_UNKNOWN`, `STATE_PRUNED`, `STATE_OUT_OF_REACH`
 */
export async function proveState(
  source: IterableSource,
  { address, slots, blockNumber }: ProofQuery,
  timeMs: number,
): Promise<AccountProof> {
  const endMs = performance.now() + timeMs * READING_SHARE;
  const head = readHead(source);
  assert(head !== undefined, 'a store is opened with its genesis in it');
  const header = blockNumber <= head.number ? readHeader(source, blockNumber)?.header : undefined;
  if (header === undefined) throw queryBlockUnknown(blockNumber, head.number);
  const reader = stateAt(source, blockNumber, head.number);
  const tries = await triesAt(source, header, {
    head: { number: head.number, stateRoot: decodeHeader(head.header).stateRoot },
    limits: { endMs, maxChanges: MAX_CHANGES },
  });
  return proveAccount({ reader, tries, stateRoot: header.stateRoot }, address, slots);
}
