import { type Address, equalBytes, type Hash } from '@heddle/primitives';
import { decodeAccountRecord, encodeAccountRecord, type RecordedAccount } from './account-record.ts';
import type { KeyValueSource } from './database.ts';
import { type AllocateRecord, allocateAlone } from './record-memory.ts';
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
    for (const [slot, change] of slots) {
      const location = slotKey(address, after.incarnation, slot, allocate);
      addChange(location, encodeSlotValue(change.before, allocate), encodeSlotValue(change.after, allocate));
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
  for (let place = 0; place < value.length; place++) if (value[place] !== 0) return false;
  return true;
}
