import type { Address, Hash } from '@heddle/primitives';
import { decodeAccountRecord, type RecordedAccount } from '../state/account-record.ts';
import type { IterableSource } from '../state/database.ts';
import { type SlotChange, SlotChanges } from '../state/slot-changes.ts';
import { decodeSlotValue } from '../state/slot-value.ts';
import type { AccountChange, StateDiff } from '../state/state-diff.ts';
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

/** A location and its record as it was; no bytes: there was none. */
export interface EarlierRecord {
  readonly location: Uint8Array;
  readonly before: Uint8Array;
}

/** Hears how many records were read; it may throw when it is enough. */
export type Spend = (count: number) => void;

/** What every location that the blocks `first` to `last` changed was before: the first of its values. By key as text. */
export async function earlierRecords(
  source: IterableSource,
  { first, last }: { readonly first: number; readonly last: number },
  spend: Spend,
): Promise<ReadonlyMap<string, EarlierRecord>> {
  const records = new Map<string, EarlierRecord>();
  for await (const entries of source.iterate(valuesBeforeRange(first, last))) {
    spend(entries.length);
    for (const [key, before] of entries) {
      const { location } = changeOfKey(key);
      const text = textOf(location);
      if (!records.has(text)) records.set(text, { location, before });
    }
  }
  return records;
}

/** What makes the state of `earlier` of `source`'s head. */
export async function diffToEarlier(
  source: IterableSource,
  earlier: ReadonlyMap<string, EarlierRecord>,
  spend: Spend,
): Promise<StateDiff> {
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
    if (isOtherStorage(change)) slots.set(address, await slotsOf(source, address, change.after, spend));
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
  return {
    accounts,
    slots: new Map([...slots].map(([address, changes]) => [address, new SlotChanges(changes)])),
    codes: new Map(),
  };
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
  spend: Spend,
): Promise<Map<Hash, SlotChange>> {
  const slots = new Map<Hash, SlotChange>();
  for await (const entries of source.iterate(slotRange(address, incarnation))) {
    spend(entries.length);
    for (const [key, value] of entries) {
      slots.set(slotOfKey(key).slot, { before: new Uint8Array(32), after: decodeSlotValue(value) });
    }
  }
  return slots;
}

function accountOf(record: Uint8Array | undefined): RecordedAccount | undefined {
  return record === undefined || record.length === 0 ? undefined : decodeAccountRecord(record);
}
