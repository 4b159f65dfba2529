import { type Address, assert, EMPTY_CODE_HASH, type Hash } from '@heddle/primitives';
import type { KeyValueSource } from '../state/database.ts';
import { slotsOnlyAccounts } from '../state/location-changes.ts';
import type { AccountChange, SlotChange, StateDiff, StoredAccount } from '../state/state-diff.ts';
import { STORAGE_NODE, STORAGE_NODE_INCARNATION } from '../state/state-keys.ts';
import type { TrieCore, TrieLayout } from './trie-core.ts';

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
 * Writes the addresses and slots of a job that is begun: as one text, which the module takes apart. `written` hears how
 * many of the items, accounts first, have theirs.
 */
export function writeItemTexts(
  core: TrieCore,
  accounts: readonly ChangedAccount[],
  written: (items: number) => void,
): void {
  const texts = new ItemTexts(core, written);
  for (const { address } of accounts) texts.add(address);
  for (const { slots } of accounts) {
    if (slots === undefined) continue;
    for (const slot of slots.keys()) texts.add(slot);
  }
  texts.end();
}

/** Texts one behind another. A task's are put together first: what is short lived and small costs the least. */
class ItemTexts {
  readonly #core: TrieCore;
  readonly #written: (items: number) => void;
  #place: number;
  #text = '';
  #count = 0;

  constructor(core: TrieCore, written: (items: number) => void) {
    this.#core = core;
    this.#written = written;
    this.#place = core.steps.itemTexts();
  }

  add(text: string): void {
    this.#text += text;
    this.#count++;
    if (this.#count % this.#core.layout.HASH_TASK_ITEMS === 0) this.#write();
  }

  end(): void {
    this.#write();
    assert(this.#place === this.#core.steps.itemsEnd(), 'every address has 20 bytes, every slot 32');
  }

  #write(): void {
    this.#place += this.#core.memory.bytes.write(this.#text, this.#place, 'latin1');
    this.#text = '';
    this.#written(this.#count);
  }
}

/** Writes all else of the items of a job that is begun (assembly/trie/layout.ts). */
export function writeItems(core: TrieCore, accounts: readonly ChangedAccount[]): void {
  const { layout, memory, steps } = core;
  const writer = new ItemWriter(core);
  let item = layout.JOB;
  let slotItem = steps.slotItem(0);
  for (const { before, after, slots } of accounts) {
    writer.writeAccount(item, before, after);
    memory.setU32(item + layout.ITEM_SLOTS, slotItem);
    memory.setU32(item + layout.ITEM_SLOT_COUNT, slots?.size ?? 0);
    if (slots !== undefined) {
      for (const { after: value } of slots.values()) {
        writer.writeSlot(slotItem, value);
        slotItem += layout.SLOT_ITEM_SIZE;
      }
    }
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

  writeSlot(item: number, value: Uint8Array): void {
    const layout = this.#layout;
    const bytes = this.#bytes;
    bytes[item + layout.ITEM_KIND] = layout.ITEM_OF_SLOT;
    const place = item + layout.ITEM_VALUE;
    let bits = 0;
    for (let index = 0; index < 32; index++) {
      const byte = value[index] ?? 0;
      bits |= byte;
      bytes[place + index] = byte;
    }
    bytes[item + layout.ITEM_PUT] = bits === 0 ? 0 : 1;
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
