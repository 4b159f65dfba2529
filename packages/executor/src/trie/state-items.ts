import { type Address, EMPTY_CODE_HASH, type Hash, hexToBytes } from '@heddle/primitives';
import type { KeyValueSource } from '../state/database.ts';
import { changedAccounts } from '../state/location-changes.ts';
import type { AccountChange, SlotChange, StateDiff, StoredAccount } from '../state/state-diff.ts';
import { writeStorageNodePrefix } from '../state/state-keys.ts';
import type { TrieCore } from './trie-core.ts';

/** An account that a diff changes, with its changed slots if it has any. */
export interface ChangedAccount {
  readonly address: Address;
  readonly before: StoredAccount | undefined;
  readonly after: StoredAccount | undefined;
  readonly slots: ReadonlyMap<Hash, SlotChange> | undefined;
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
  for (const [address, change] of changedAccounts(source, diff)) add(address, change);
  return accounts;
}

/** How many slots these accounts change. */
export function slotCountOf(accounts: readonly ChangedAccount[]): number {
  let count = 0;
  for (const { slots } of accounts) count += slots?.size ?? 0;
  return count;
}

const EMPTY_CODE = hexToBytes(EMPTY_CODE_HASH);
const MASK_64 = 0xffff_ffff_ffff_ffffn;
const LIMIT_64 = 1n << 64n;

/** Writes the items of a job that is begun (assembly/trie/layout.ts). */
export function writeItems(core: TrieCore, accounts: readonly ChangedAccount[]): void {
  const { layout, memory, steps } = core;
  const writer = new ItemWriter(core);
  let item = layout.JOB;
  let slotItem = steps.slotItem(0);
  for (const { address, before, after, slots } of accounts) {
    writer.writeAccount(item, address, { before, after });
    memory.setU32(item + layout.ITEM_SLOTS, slotItem);
    memory.setU32(item + layout.ITEM_SLOT_COUNT, slots?.size ?? 0);
    for (const [slot, { after: value }] of slots ?? []) {
      writer.writeSlot(slotItem, slot, value);
      slotItem += layout.SLOT_ITEM_SIZE;
    }
    item += layout.ACCOUNT_ITEM_SIZE;
  }
}

class ItemWriter {
  readonly #core: TrieCore;
  readonly #bytes: Buffer<ArrayBufferLike>;
  readonly #view: DataView;

  constructor(core: TrieCore) {
    this.#core = core;
    this.#bytes = core.memory.bytes;
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
  }

  writeAccount(item: number, address: Address, { before, after }: AccountChange): void {
    const { layout } = this.#core;
    const bytes = this.#bytes;
    bytes[item + layout.ITEM_KIND] = layout.ITEM_ACCOUNT;
    bytes[item + layout.ITEM_PUT] = after === undefined ? 0 : 1;
    writeStorageNodePrefix(bytes, item + layout.ITEM_PREFIX, address, after?.incarnation ?? 0);
    if (after === undefined) return;
    bytes[item + layout.ITEM_STORAGE_MODE] = this.#keepsStorage(before, after)
      ? layout.STORAGE_KEPT
      : layout.STORAGE_EMPTY;
    if (after.codeHash === EMPTY_CODE_HASH) bytes.set(EMPTY_CODE, item + layout.ITEM_CODE_HASH);
    else bytes.write(after.codeHash.slice(2), item + layout.ITEM_CODE_HASH, 'hex');
    this.#view.setBigUint64(item + layout.ITEM_NONCE, after.nonce);
    this.#writeWord(item + layout.ITEM_BALANCE, after.balance);
  }

  writeSlot(item: number, slot: Hash, value: Uint8Array): void {
    const { layout } = this.#core;
    const bytes = this.#bytes;
    bytes[item + layout.ITEM_KIND] = layout.ITEM_OF_SLOT;
    bytes[item + layout.ITEM_PUT] = value.every((byte) => byte === 0) ? 0 : 1;
    bytes.set(value, item + layout.ITEM_VALUE);
    bytes.write(slot.slice(2), item + layout.ITEM_SLOT, 'hex');
  }

  /** Whether what the leaf says of the storage still holds. An account without slots has none in any incarnation. */
  #keepsStorage(before: StoredAccount | undefined, after: StoredAccount): boolean {
    return before?.incarnation === after.incarnation && before.slotCount !== 0;
  }

  #writeWord(place: number, value: bigint): void {
    const view = this.#view;
    const isShort = value < LIMIT_64;
    view.setBigUint64(place, isShort ? 0n : value >> 192n);
    view.setBigUint64(place + 8, isShort ? 0n : (value >> 128n) & MASK_64);
    view.setBigUint64(place + 16, isShort ? 0n : (value >> 64n) & MASK_64);
    view.setBigUint64(place + 24, isShort ? value : value & MASK_64);
  }
}
