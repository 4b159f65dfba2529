import { type Address, equalBytes } from '@heddle/primitives';
import { decodeAccountRecord, encodeAccountRecord, type RecordedAccount } from './account-record.ts';
import type { KeyValueSource } from './database.ts';
import { type AllocateRecord, allocateAlone } from './record-memory.ts';
import { SLOT_AFTER, SLOT_BEFORE, SLOT_RECORD_BYTES, SlotChanges } from './slot-changes.ts';
import { encodeSlotValue } from './slot-value.ts';
import type { AccountChange, StateDiff, StoredAccount } from './state-diff.ts';
import { accountKey, slotKeyBehind, slotRange } from './state-keys.ts';

/** One head record's change over a block. Undefined: there is no record. */
export interface LocationChange {
  /** The key of the head record. */
  readonly location: Uint8Array;
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
}

const NO_SLOTS = new SlotChanges();
const SLOT_BYTES = 32;

/** Which records of `source`'s head `diff` changes, and how. */
export function locationChanges(
  source: KeyValueSource,
  diff: StateDiff,
  allocate: AllocateRecord = allocateAlone,
): LocationChange[] {
  const changes: LocationChange[] = [];
  const addChange = (location: Uint8Array, before: Uint8Array | undefined, after: Uint8Array | undefined): void => {
    const isSame = before === undefined || after === undefined ? before === after : equalBytes(before, after);
    if (!isSame) changes.push({ location, before, after });
  };
  const addAccount = (address: Address, { before, after }: AccountChange): void => {
    const slots = diff.slots.get(address) ?? NO_SLOTS;
    const known = before && recorded(source, address, before);
    const next = after && withSlotCount(after, slotCountAfter(known, after, slots));
    addChange(
      accountKey(address, allocate),
      known && encodeAccountRecord(known, allocate),
      next && encodeAccountRecord(next, allocate),
    );
    if (after === undefined) return; // its slots are those of an incarnation that has ended
    if (slots.size === 0) return;
    const { records } = slots;
    const { from: prefix } = slotRange(address, after.incarnation);
    for (let at = 0; at < records.length; at += SLOT_RECORD_BYTES) {
      const before = encodeSlotValue(records, at + SLOT_BEFORE, allocate);
      const now = encodeSlotValue(records, at + SLOT_AFTER, allocate);
      addChange(slotKeyBehind(prefix, records, at, allocate), before, now);
    }
  };
  for (const [address, change] of diff.accounts) addAccount(address, change);
  for (const [address, change] of slotsOnlyAccounts(source, diff)) addAccount(address, change);
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
  if (isRecorded(account)) return account;
  return withSlotCount(account, readAccount(source, address)?.slotCount ?? 0);
}

function withSlotCount({ nonce, balance, codeHash, incarnation }: StoredAccount, slotCount: number): RecordedAccount {
  return { nonce, balance, codeHash, incarnation, slotCount };
}

function isRecorded(account: StoredAccount): account is RecordedAccount {
  return account.slotCount !== undefined;
}

function readAccount(source: KeyValueSource, address: Address): RecordedAccount | undefined {
  const record = source.getSync(accountKey(address));
  return record && decodeAccountRecord(record);
}

function slotCountAfter(before: RecordedAccount | undefined, after: StoredAccount, slots: SlotChanges): number {
  let count = before?.incarnation === after.incarnation ? before.slotCount : 0;
  if (slots.size === 0) return count;
  const { records } = slots;
  for (let at = 0; at < records.length; at += SLOT_RECORD_BYTES) {
    count += Number(!isZero(records, at + SLOT_AFTER)) - Number(!isZero(records, at + SLOT_BEFORE));
  }
  return count;
}

/** Whether the slot's value at `at` is zero. */
function isZero(bytes: Uint8Array, at: number): boolean {
  for (let place = at; place < at + SLOT_BYTES; place++) if (bytes[place] !== 0) return false;
  return true;
}
