import type { Hash } from '@heddle/primitives';
import type { BatchOperation, IterableSource } from '../state/database.ts';
import type { StateDiff } from '../state/state-diff.ts';
import { stateRootMismatch } from '../state/state-errors.ts';
import { storageNodeRange, valueBeforeKey } from '../state/state-keys.ts';
import type { StateTrie } from '../trie/state-trie.ts';
import { undoChange } from './change-index.ts';
import { diffToEarlier, earlierRecords } from './earlier-records.ts';

/** The last block of a store, and the root of the state before it. */
export interface BlockToUndo {
  readonly number: number;
  readonly parentStateRoot: Hash;
}

/**
 * What takes the last block's changes of the state back: flat records, history, tries. Its codes stay, which nobody looks
 * for. `trie` is over `source`; its `apply` with the parent's root belongs after the batch.
 *
 * @throws HeddleError `STATE_ROOT_MISMATCH` when the state before is not the parent's, `STATE_HISTORY_DAMAGED`
 */
export async function undoOperations(
  source: IterableSource,
  trie: StateTrie,
  { number, parentStateRoot }: BlockToUndo,
): Promise<BatchOperation[]> {
  const spend = (): void => undefined;
  const earlier = await earlierRecords(source, { first: number, last: number }, spend);
  const diff = await diffToEarlier(source, earlier, spend);
  const stateRoot = await trie.root(diff);
  if (stateRoot !== parentStateRoot) throw stateRootMismatch(number - 1, parentStateRoot, stateRoot);
  const operations = await dropBegunStorage(source, diff);
  for (const { location, before } of earlier.values()) {
    const isAbsent = before.length === 0;
    operations.push(isAbsent ? { type: 'del', key: location } : { type: 'put', key: location, value: before });
    operations.push({ type: 'del', key: valueBeforeKey(number, location) });
    operations.push(...undoChange(source, location, number));
  }
  return [...operations, ...trie.operations(stateRoot)];
}

/** The block that comes at this height instead may begin storage of the same incarnation: no node may lie there. */
async function dropBegunStorage(source: IterableSource, { accounts }: StateDiff): Promise<BatchOperation[]> {
  const operations: BatchOperation[] = [];
  for (const [address, { before, after }] of accounts) {
    if (before === undefined || before.incarnation === after?.incarnation) continue;
    for await (const entries of source.iterate(storageNodeRange(address, before.incarnation))) {
      for (const [key] of entries) operations.push({ type: 'del', key });
    }
  }
  return operations;
}
