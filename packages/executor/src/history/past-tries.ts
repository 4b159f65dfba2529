import type { Address, Hash } from '@heddle/primitives';
import { decodeAccountRecord, type RecordedAccount } from '../state/account-record.ts';
import type { IterableSource, KeyValueSource } from '../state/database.ts';
import { decodeSlotValue } from '../state/slot-value.ts';
import type { AccountChange, SlotChange, StateDiff } from '../state/state-diff.ts';
import { stateOutOfReach, stateRootMismatch } from '../state/state-errors.ts';
import {
  accountKey,
  addressOfKey,
  changeOfKey,
  isAccountLocation,
  slotOfKey,
  slotRange,
  valuesBeforeRange,
} from '../state/state-keys.ts';
import { textOf } from '../trie/nibbles.ts';
import { openStateTrie } from '../trie/state-trie.ts';

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
  const bounds = new Bounds(block.number, limits);
  const earlier = await recordsBefore(source, { first: block.number + 1, last: head.number }, bounds);
  const diff = await diffTo(source, earlier, bounds);
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

/** Says when it is too much. */
class Bounds {
  readonly #blockNumber: number;
  readonly #limits: RebuildLimits;
  #count = 0;

  constructor(blockNumber: number, limits: RebuildLimits) {
    this.#blockNumber = blockNumber;
    this.#limits = limits;
  }

  spend(count: number): void {
    this.#count += count;
    const { endMs, maxChanges } = this.#limits;
    if (this.#count > maxChanges || performance.now() > endMs) throw stateOutOfReach(this.#blockNumber);
  }
}

/** Records of locations as they were, by key as text; no bytes: there was none. */
type Records = ReadonlyMap<string, { readonly location: Uint8Array; readonly before: Uint8Array }>;

/** What every location that the blocks `first` to `last` changed was before: the first of its values. */
async function recordsBefore(
  source: IterableSource,
  { first, last }: { readonly first: number; readonly last: number },
  bounds: Bounds,
): Promise<Records> {
  const records = new Map<string, { location: Uint8Array; before: Uint8Array }>();
  for await (const entries of source.iterate(valuesBeforeRange(first, last))) {
    bounds.spend(entries.length);
    for (const [key, before] of entries) {
      const { location } = changeOfKey(key);
      const text = textOf(location);
      if (!records.has(text)) records.set(text, { location, before });
    }
  }
  return records;
}

/** What makes the state of `earlier` of the head's. */
async function diffTo(source: IterableSource, earlier: Records, bounds: Bounds): Promise<StateDiff> {
  const accounts = new Map<Address, AccountChange>();
  const slots = new Map<Address, Map<Hash, SlotChange>>();
  const accountThen = (address: Address): RecordedAccount | undefined => {
    const key = accountKey(address);
    return accountOf(earlier.get(textOf(key))?.before ?? source.getSync(key));
  };
  for (const { location, before } of earlier.values()) {
    if (!isAccountLocation(location)) continue;
    const address = addressOfKey(location);
    const change = { before: accountOf(source.getSync(location)), after: accountOf(before) };
    accounts.set(address, change);
    if (isOtherStorage(change)) slots.set(address, await slotsOf(source, address, change.after, bounds));
  }
  for (const { location, before } of earlier.values()) {
    if (isAccountLocation(location)) continue;
    const address = addressOfKey(location);
    const { incarnation, slot } = slotOfKey(location);
    if (accountThen(address)?.incarnation !== incarnation) continue; // of a storage that was not there then
    const changes = slots.get(address) ?? new Map<Hash, SlotChange>();
    changes.set(slot, { before: decodeSlotValue(source.getSync(location)), after: decodeSlotValue(before) });
    slots.set(address, changes);
  }
  return { accounts, slots, codes: new Map() };
}

/** Whether the head has no storage of the account as it was then: that was wiped since. */
function isOtherStorage(change: AccountChange): change is AccountChange & { after: RecordedAccount } {
  return change.after !== undefined && change.before?.incarnation !== change.after.incarnation;
}

/** All slots of an incarnation that has ended, as it left them. */
async function slotsOf(
  source: IterableSource,
  address: Address,
  { incarnation }: RecordedAccount,
  bounds: Bounds,
): Promise<Map<Hash, SlotChange>> {
  const slots = new Map<Hash, SlotChange>();
  for await (const entries of source.iterate(slotRange(address, incarnation))) {
    bounds.spend(entries.length);
    for (const [key, value] of entries) {
      slots.set(slotOfKey(key).slot, { before: new Uint8Array(32), after: decodeSlotValue(value) });
    }
  }
  return slots;
}

function accountOf(record: Uint8Array | undefined): RecordedAccount | undefined {
  return record === undefined || record.length === 0 ? undefined : decodeAccountRecord(record);
}
