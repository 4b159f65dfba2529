import { type Address, EMPTY_CODE_HASH, type Hash } from '@heddle/primitives';
import { SlotChanges } from '../state/slot-changes.ts';
import { type AccountChange, nextIncarnation, type StateDiff, type StoredAccount } from '../state/state-diff.ts';
import type { Core } from './core.ts';
import { forEachItem, type Row } from './rows.ts';

const VALUE_SIZE = 32;
/** Where in a word its low 64 bits stand: a nonce has no others (EIP-2681). */
const LOW_64 = 24;

/**
 * What the block that has just ended changed, from the committed values: the same whoever ran what.
 * `rows`: all that were committed, block start and end among them.
 */
export function committedDiff(core: Core, rows: readonly Row[], blockNumber: number): StateDiff {
  return new DiffReader(core, blockNumber).read(rows);
}

/** Of the last diff that was read: see HEAD_LISTED. */
let lastMark = 0;

class DiffReader {
  readonly #mark: number;
  readonly #core: Core;
  readonly #blockNumber: number;
  readonly #accountEntries: number[] = [];
  readonly #slotHeads: number[] = [];
  readonly #accounts = new Map<Address, AccountChange>();
  readonly #slots = new Map<Address, SlotChanges>();
  readonly #codes = new Map<Hash, Uint8Array>();
  /** By the account's entry. */
  readonly #storages = new Map<number, Storage>();

  constructor(core: Core, blockNumber: number) {
    lastMark = (lastMark + 1) >>> 0 || 1; // 0: in no list yet
    this.#mark = lastMark;
    this.#core = core;
    this.#blockNumber = blockNumber;
  }

  read(rows: readonly Row[]): StateDiff {
    const { layout, memory } = this.#core;
    let touchesBeneficiary = false;
    for (const { writes, verdict } of rows) {
      touchesBeneficiary ||= verdict === layout.VERDICT_COMMITTED; // the fee's credit is in no write set
      forEachItem(this.#core, writes, (item) => this.#note(memory.u32(item + layout.ITEM_HEAD)));
    }
    const beneficiary = memory.u32(layout.BENEFICIARY);
    if (touchesBeneficiary) this.#note(this.#head(beneficiary, layout.FIELD_BALANCE));
    for (const entry of this.#accountEntries) this.#addAccount(entry, touchesBeneficiary && entry === beneficiary);
    for (const head of this.#slotHeads) this.#addSlot(head);
    return { accounts: this.#accounts, slots: this.#slots, codes: this.#codes };
  }

  #note(head: number): void {
    const { layout, memory } = this.#core;
    const isSlot = memory.u32(head + layout.HEAD_FIELD) === layout.FIELD_SLOT;
    const entry = memory.u32(head + layout.HEAD_ENTRY);
    const listed = entry + layout.ENTRY_HEADS + layout.HEAD_LISTED; // in a slot's only head, or an account's first
    if (memory.u32(listed) === this.#mark) return;
    memory.setU32(listed, this.#mark);
    if (isSlot) this.#slotHeads.push(head);
    else this.#accountEntries.push(entry);
  }

  #addAccount(entry: number, isCredited: boolean): void {
    const { layout, memory } = this.#core;
    const address = memory.address(entry + layout.ENTRY_ADDRESS);
    const before = this.#accountBefore(entry);
    const now = this.#fields(entry);
    const isWiped = this.#isWiped(entry);
    // An empty account that a fee of nothing touched is removed, as any that is touched (EIP-161).
    const exists = !isEmpty(now) || (now.isPresent && !isCredited);
    if (!exists) {
      if (before !== undefined) this.#accounts.set(address, { before, after: undefined });
      return;
    }
    const { nonce, balance, codeHash } = now;
    const incarnation = nextIncarnation(before, { isWiped, number: this.#blockNumber });
    const after: StoredAccount = { nonce, balance, codeHash, incarnation };
    if (before !== undefined && isSame(before, after)) return;
    this.#accounts.set(address, { before, after });
    if (codeHash !== before?.codeHash) this.#addCode(codeHash);
  }

  #addSlot(head: number): void {
    const { layout, memory, steps } = this.#core;
    const entry = memory.u32(head + layout.HEAD_ENTRY);
    const storage = this.#storageOf(memory.u32(entry + layout.ENTRY_ACCOUNT));
    if (storage.isGone) return;
    const { address, generation, isNew, changes } = storage;
    const after = steps.slotValue(steps.committedRecord(head), generation);
    const before = isNew ? undefined : memory.u32(head + layout.HEAD_BASE) + layout.RECORD_VALUE;
    const isSame = before === undefined ? memory.isZero(after, VALUE_SIZE) : memory.equals(before, after, VALUE_SIZE);
    if (isSame) return;
    if (changes.size === 0) this.#slots.set(address, changes);
    changes.addFrom(memory.view, entry + layout.ENTRY_SLOT, before, after);
  }

  /** All of an account's slots come to it. */
  #storageOf(account: number): Storage {
    const known = this.#storages.get(account);
    if (known !== undefined) return known;
    const { layout, memory, steps } = this.#core;
    const address = memory.address(account + layout.ENTRY_ADDRESS);
    const change = this.#accounts.get(address);
    const storage: Storage = {
      address,
      isGone: change !== undefined && change.after === undefined,
      generation: steps.committedRecord(this.#head(account, layout.FIELD_GENERATION)),
      isNew: this.#isWiped(account) || memory.u32(account + layout.ENTRY_BASE_EXISTS) === 0,
      changes: new SlotChanges(),
    };
    this.#storages.set(account, storage);
    return storage;
  }

  #addCode(codeHash: Hash): void {
    const { layout, memory, scratch, steps } = this.#core;
    if (codeHash === EMPTY_CODE_HASH) return;
    memory.setHex(scratch, codeHash);
    const node = steps.findCode(scratch);
    if (node === 0) return; // the store had it before the block
    this.#codes.set(codeHash, memory.copy(node + layout.CODE_BYTES, memory.u32(node + layout.CODE_SIZE)));
  }

  #accountBefore(entry: number): StoredAccount | undefined {
    const { layout, memory } = this.#core;
    if (memory.u32(entry + layout.ENTRY_BASE_EXISTS) === 0) return undefined;
    const base = (field: number) => memory.u32(this.#head(entry, field) + layout.HEAD_BASE) + layout.RECORD_VALUE;
    const nonce = memory.bigEndian64(base(layout.FIELD_NONCE) + LOW_64);
    const balance = memory.word(base(layout.FIELD_BALANCE));
    const codeHash = memory.codeHash(base(layout.FIELD_CODE));
    const incarnation = memory.f64(entry + layout.ENTRY_BASE_INCARNATION);
    // How many there are is not kept in memory.
    if (memory.u32(entry + layout.ENTRY_BASE_HAS_STORAGE) !== 0) return { nonce, balance, codeHash, incarnation };
    return { nonce, balance, codeHash, incarnation, slotCount: 0 }; // whoever writes the diff need not look
  }

  /** As committed. */
  #fields(entry: number): Fields {
    const { layout, memory, steps } = this.#core;
    const at = (field: number) => steps.committedRecord(this.#head(entry, field)) + layout.RECORD_VALUE;
    return {
      nonce: memory.bigEndian64(at(layout.FIELD_NONCE) + LOW_64),
      balance: memory.word(at(layout.FIELD_BALANCE)),
      codeHash: memory.codeHash(at(layout.FIELD_CODE)),
      isPresent: memory.u32(at(layout.FIELD_GENERATION) + layout.GENERATION_PRESENT) !== 0,
    };
  }

  #isWiped(account: number): boolean {
    const { layout, memory, steps } = this.#core;
    const generation = steps.committedRecord(this.#head(account, layout.FIELD_GENERATION));
    return !memory.isZero(generation + layout.RECORD_VALUE + layout.GENERATION_POSITION, 8);
  }

  #head(entry: number, field: number): number {
    const { layout } = this.#core;
    return entry + layout.ENTRY_HEADS + field * layout.HEAD_SIZE;
  }
}

interface Storage {
  readonly address: Address;
  /** The account is no more, nor are its slots. */
  readonly isGone: boolean;
  readonly generation: number;
  /** Every slot was zero before. */
  readonly isNew: boolean;
  readonly changes: SlotChanges;
}

interface Fields {
  readonly nonce: bigint;
  readonly balance: bigint;
  readonly codeHash: Hash;
  readonly isPresent: boolean;
}

function isEmpty({ nonce, balance, codeHash }: Fields): boolean {
  return nonce === 0n && balance === 0n && codeHash === EMPTY_CODE_HASH;
}

function isSame(before: StoredAccount, after: StoredAccount): boolean {
  return (
    before.nonce === after.nonce &&
    before.balance === after.balance &&
    before.codeHash === after.codeHash &&
    before.incarnation === after.incarnation
  );
}
