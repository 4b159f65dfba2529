import { type Address, assert, EMPTY_CODE_HASH } from '@heddle/primitives';
import type { KeyValueSource } from '../state/database.ts';
import { slotsOnlyAccounts } from '../state/location-changes.ts';
import type { SlotChanges } from '../state/slot-changes.ts';
import type { AccountChange, StateDiff, StoredAccount } from '../state/state-diff.ts';
import { STORAGE_NODE, STORAGE_NODE_INCARNATION } from '../state/state-keys.ts';
import type { TrieCore, TrieLayout } from './trie-core.ts';

/** An account that a diff changes, with its changed slots if it has any. */
export interface ChangedAccount {
  readonly address: Address;
  readonly before: StoredAccount | undefined;
  readonly after: StoredAccount | undefined;
  readonly slots: SlotChanges | undefined;
}

/** The accounts whose leaves `diff` changes. */
export function accountsOf(source: KeyValueSource, diff: StateDiff): ChangedAccount[] {
  const accounts: ChangedAccount[] = [];
  const hasSlots = diff.slots.size > 0;
  const add = (address: Address, { before, after }: AccountChange) => {
    // Slots of an account that is gone are those of an incarnation that has ended.
    const slots = hasSlots && after !== undefined ? diff.slots.get(address) : undefined;
    accounts.push({ address, before, after, slots });
  };
  for (const [address, change] of diff.accounts) add(address, change);
  for (const [address, change] of slotsOnlyAccounts(source, diff)) add(address, change);
  return accounts;
}

/** How many slots these accounts change. */
export function slotCountOf(accounts: readonly ChangedAccount[]): number {
  let count = 0;
  for (const { slots } of accounts) count += slots?.size ?? 0;
  return count;
}

const LIMIT_64 = 1n << 64n;

/**
 * Writes the keys of a job that is begun: addresses as text, which the module takes apart, and all of the slots. `written`
 * hears how many of the items, accounts first, have theirs.
 */
export function writeItemKeys(
  core: TrieCore,
  accounts: readonly ChangedAccount[],
  written: (items: number) => void,
): void {
  const place = writeAddresses(core, accounts, written);
  const end = writeSlots(core, accounts, place);
  assert(end === core.steps.itemsEnd(), 'every address has 20 bytes');
}

/** Texts one behind another. A task's are put together first: what is short lived and small costs the least. */
function writeAddresses(
  { layout, memory, steps }: TrieCore,
  accounts: readonly ChangedAccount[],
  written: (items: number) => void,
): number {
  let place = steps.itemTexts();
  for (let from = 0; from < accounts.length; from += layout.HASH_TASK_ITEMS) {
    const end = Math.min(from + layout.HASH_TASK_ITEMS, accounts.length);
    let text = '';
    for (let index = from; index < end; index++) text += accounts[index]?.address;
    place += memory.bytes.write(text, place, 'latin1');
    written(end);
  }
  return place;
}

/** Where they end. */
function writeSlots({ memory }: TrieCore, accounts: readonly ChangedAccount[], first: number): number {
  let place = first;
  for (const { slots } of accounts) {
    if (slots === undefined) continue;
    const { records } = slots;
    memory.set(place, records);
    place += records.length;
  }
  return place;
}

/** Writes all else of the accounts' items of a job that is begun (assembly/trie/layout.ts). */
export function writeItems(core: TrieCore, accounts: readonly ChangedAccount[]): void {
  const { layout, memory, steps } = core;
  const writer = new ItemWriter(core);
  let item = layout.JOB;
  let slotItem = steps.slotItem(0);
  for (const { before, after, slots } of accounts) {
    const slotCount = slots?.size ?? 0;
    writer.writeAccount(item, before, after);
    memory.setU32(item + layout.ITEM_SLOTS, slotItem);
    memory.setU32(item + layout.ITEM_SLOT_COUNT, slotCount);
    slotItem += slotCount * layout.SLOT_ITEM_SIZE;
    item += layout.ACCOUNT_ITEM_SIZE;
  }
}

class ItemWriter {
  readonly #layout: TrieLayout;
  readonly #bytes: Buffer<ArrayBufferLike>;
  readonly #view: DataView;

  constructor({ layout, memory }: TrieCore) {
    this.#layout = layout;
    this.#bytes = memory.bytes;
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
  }

  writeAccount(item: number, before: StoredAccount | undefined, after: StoredAccount | undefined): void {
    const layout = this.#layout;
    const bytes = this.#bytes;
    const view = this.#view;
    bytes[item + layout.ITEM_KIND] = layout.ITEM_ACCOUNT;
    bytes[item + layout.ITEM_PUT] = after === undefined ? 0 : 1;
    bytes[item + layout.ITEM_PREFIX] = STORAGE_NODE;
    view.setUint32(item + layout.ITEM_PREFIX + STORAGE_NODE_INCARNATION, after?.incarnation ?? 0);
    if (after === undefined) return;
    bytes[item + layout.ITEM_STORAGE_MODE] = keepsStorage(before, after) ? layout.STORAGE_KEPT : layout.STORAGE_EMPTY;
    const hasCode = after.codeHash !== EMPTY_CODE_HASH;
    bytes[item + layout.ITEM_HAS_CODE] = hasCode ? 1 : 0;
    if (hasCode) bytes.write(after.codeHash.slice(2), item + layout.ITEM_CODE_HASH, 'hex');
    view.setBigUint64(item + layout.ITEM_NONCE, after.nonce);
    this.#writeWord(item + layout.ITEM_BALANCE, after.balance);
  }

  /** Only the low 64 bits of each number are written. */
  #writeWord(place: number, value: bigint): void {
    const view = this.#view;
    const isShort = value < LIMIT_64;
    view.setBigUint64(place, isShort ? 0n : value >> 192n);
    view.setBigUint64(place + 8, isShort ? 0n : value >> 128n);
    view.setBigUint64(place + 16, isShort ? 0n : value >> 64n);
    view.setBigUint64(place + 24, value);
  }
}

/** Whether what the leaf says of the storage still holds. An account without slots has none in any incarnation. */
function keepsStorage(before: StoredAccount | undefined, after: StoredAccount): boolean {
  return before?.incarnation === after.incarnation && before.slotCount !== 0;
}
