import type { Hash } from '@heddle/primitives';
import type { IterableSource, KeyValueSource } from '../state/database.ts';
import { stateOutOfReach, stateRootMismatch } from '../state/state-errors.ts';
import { textOf } from '../trie/nibbles.ts';
import { openStateTrie } from '../trie/state-trie.ts';
import { diffToEarlier, earlierRecords, type Spend } from './earlier-records.ts';

/** A block, and the root of the state after it. */
export interface StateRootOf {
  readonly number: number;
  readonly stateRoot: Hash;
}

/** What may be spent on a past state. */
export interface RebuildLimits {
  /** Of performance.now(): all changes since must have been read by then. */
  readonly endMs: number;
  /** Locations that may differ from the head. */
  readonly maxChanges: number;
}

/**
 * Nodes, by path, of the tries after `block`, whose state can be read: those of `head`, the head of `source`, with
 * everything undone in memory that changed since. `source` is a snapshot.
 *
 * @throws HeddleError `STATE_OUT_OF_REACH` beyond the limits, `STATE_ROOT_MISMATCH`, `STATE_TRIE_DAMAGED`
 */
export async function triesAt(
  source: IterableSource,
  block: StateRootOf,
  { head, limits }: { readonly head: StateRootOf; readonly limits: RebuildLimits },
): Promise<KeyValueSource> {
  if (block.number === head.number) return source;
  const spend = boundedSpend(block.number, limits);
  const earlier = await earlierRecords(source, { first: block.number + 1, last: head.number }, spend);
  const diff = await diffToEarlier(source, earlier, spend);
  const trie = openStateTrie(source, head.stateRoot);
  const stateRoot = await trie.root(diff);
  if (stateRoot !== block.stateRoot) throw stateRootMismatch(block.number, block.stateRoot, stateRoot);
  const changed = new Map(
    trie.operations(stateRoot).map((one) => [textOf(one.key), one.type === 'put' ? one.value : undefined]),
  );
  return {
    getSync(key) {
      const text = textOf(key);
      return changed.has(text) ? changed.get(text) : source.getSync(key);
    },
  };
}

function boundedSpend(blockNumber: number, { endMs, maxChanges }: RebuildLimits): Spend {
  let total = 0;
  return (count) => {
    total += count;
    if (total > maxChanges || performance.now() > endMs) throw stateOutOfReach(blockNumber);
  };
}
