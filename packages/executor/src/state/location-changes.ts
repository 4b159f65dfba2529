import type { Address, Hash } from '@heddle/primitives';
import { decodeAccountRecord, encodeAccountRecord, type RecordedAccount } from './account-record.ts';
import type { KeyValueSource } from './database.ts';
import { encodeSlotValue } from './slot-value.ts';
import type { AccountChange, SlotChange, StateDiff, StoredAccount } from './state-diff.ts';
import { accountKey, slotKey } from './state-keys.ts';

/** One head record's change over a block. Undefined: there is no record. */
export interface LocationChange {
  /** The key of the head record. */
  readonly location: Uint8Array;
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
}

const NO_SLOTS: ReadonlyMap<Hash, SlotChange> = new Map();

/** Which records of `source`'s head `diff` changes, and how. */
export function locationChanges(source: KeyValueSource, diff: StateDiff): LocationChange[] {
  const changes: LocationChange[] = [];
  for (const [address, { before, after }] of [...diff.accounts, ...slotsOnlyAccounts(source, diff)]) {
    const slots = diff.slots.get(address) ?? NO_SLOTS;
    const known = before && recorded(source, address, before);
    const next = after && { ...after, slotCount: slotCountAfter(known, after, slots) };
    addChange(changes, accountKey(address), known && encodeAccountRecord(known), next && encodeAccountRecord(next));
    if (after === undefined) continue; // its slots are those of an incarnation that has ended
    for (const [slot, change] of slots) {
      const location = slotKey(address, after.incarnation, slot);
      addChange(changes, location, encodeSlotValue(change.before), encodeSlotValue(change.after));
    }
  }
  return changes;
}

/** The accounts of which only slots change, as they are. */
export function* slotsOnlyAccounts(
  source: KeyValueSource,
  { accounts, slots }: StateDiff,
): Generator<readonly [Address, AccountChange]> {
  for (const address of slots.keys()) {
    if (accounts.has(address)) continue;
    const account = readAccount(source, address);
    yield [address, { before: account, after: account }];
  }
}

function recorded(source: KeyValueSource, address: Address, account: StoredAccount): RecordedAccount {
  const slotCount = account.slotCount ?? readAccount(source, address)?.slotCount ?? 0;
  return { ...account, slotCount };
}

function readAccount(source: KeyValueSource, address: Address): RecordedAccount | undefined {
  const record = source.getSync(accountKey(address));
  return record && decodeAccountRecord(record);
}

function slotCountAfter(
  before: RecordedAccount | undefined,
  after: StoredAccount,
  slots: ReadonlyMap<Hash, SlotChange>,
): number {
  let count = before?.incarnation === after.incarnation ? before.slotCount : 0;
  for (const change of slots.values()) count += Number(!isZero(change.after)) - Number(!isZero(change.before));
  return count;
}

function isZero(value: Uint8Array): boolean {
  return value.every((byte) => byte === 0);
}

function addChange(
  changes: LocationChange[],
  location: Uint8Array,
  before: Uint8Array | undefined,
  after: Uint8Array | undefined,
): void {
  const isSame = before === undefined || after === undefined ? before === after : Buffer.compare(before, after) === 0;
  if (!isSame) changes.push({ location, before, after });
}
