import { assert, EMPTY_BYTES } from '@heddle/primitives';
import { indexChange } from '../history/change-index.ts';
import type { RecentChunks } from '../history/recent-chunks.ts';
import type { BatchOperation, KeyValueSource } from './database.ts';
import { type LocationChange, locationChanges } from './location-changes.ts';
import { allocateTogether } from './record-memory.ts';
import type { StateDiff } from './state-diff.ts';
import { codeKey, valueBeforeKey } from './state-keys.ts';

/** The operations that move the flat state of `source`'s head by `diff`, without history. */
export function flatStateOperations(source: KeyValueSource, diff: StateDiff): BatchOperation[] {
  return [...locationChanges(source, diff, allocateTogether()).map(headOperation), ...codeOperations(diff)];
}

/**
 * What one block (number > 0) writes of the state: flat records, codes, the values before, and the index of changes.
 * `source` stands at the block's parent. `recent` is of the blocks before it, and gets to know this one.
 */
export function stateOperations(
  source: KeyValueSource,
  blockNumber: number,
  diff: StateDiff,
  recent?: RecentChunks,
): BatchOperation[] {
  assert(blockNumber > 0, 'genesis has no state before it');
  const operations = codeOperations(diff);
  const allocate = allocateTogether();
  const chunks = recent?.over(source, blockNumber) ?? source;
  for (const change of locationChanges(source, diff, allocate)) {
    const { location, before } = change;
    operations.push(headOperation(change));
    operations.push({
      type: 'put',
      key: valueBeforeKey(blockNumber, location, allocate),
      value: before ?? EMPTY_BYTES,
    });
    const noted = indexChange(chunks, location, blockNumber, allocate);
    for (const operation of noted) operations.push(operation);
    recent?.keep(noted);
  }
  return operations;
}

function headOperation({ location, after }: LocationChange): BatchOperation {
  return after === undefined ? { type: 'del', key: location } : { type: 'put', key: location, value: after };
}

function codeOperations({ codes }: StateDiff): BatchOperation[] {
  return [...codes].map(([hash, code]) => ({ type: 'put', key: codeKey(hash), value: code }));
}
