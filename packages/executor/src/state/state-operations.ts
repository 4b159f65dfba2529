import { assert, EMPTY_BYTES } from '@heddle/primitives';
import { indexChange } from '../history/change-index.ts';
import type { BatchOperation, KeyValueSource } from './database.ts';
import { type LocationChange, locationChanges } from './location-changes.ts';
import type { StateDiff } from './state-diff.ts';
import { codeKey, valueBeforeKey } from './state-keys.ts';

/** The operations that move the flat state of `source`'s head by `diff`, without history. */
export function flatStateOperations(source: KeyValueSource, diff: StateDiff): BatchOperation[] {
  return [...locationChanges(source, diff).map(headOperation), ...codeOperations(diff)];
}

/**
 * What one block (number > 0) writes of the state: flat records, codes, the values before, and the index of changes.
 * `source` stands at the block's parent.
 */
export function stateOperations(source: KeyValueSource, blockNumber: number, diff: StateDiff): BatchOperation[] {
  assert(blockNumber > 0, 'genesis has no state before it');
  const operations = codeOperations(diff);
  for (const change of locationChanges(source, diff)) {
    const { location, before } = change;
    operations.push(headOperation(change));
    operations.push({ type: 'put', key: valueBeforeKey(blockNumber, location), value: before ?? EMPTY_BYTES });
    for (const operation of indexChange(source, location, blockNumber)) operations.push(operation);
  }
  return operations;
}

function headOperation({ location, after }: LocationChange): BatchOperation {
  return after === undefined ? { type: 'del', key: location } : { type: 'put', key: location, value: after };
}

function codeOperations({ codes }: StateDiff): BatchOperation[] {
  return [...codes].map(([hash, code]) => ({ type: 'put', key: codeKey(hash), value: code }));
}
