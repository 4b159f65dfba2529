import type { Address, Hash } from '@heddle/primitives';
import type { StateReader } from '../state/state-diff.ts';
import type { Core } from './core.ts';

/** How a run ends that cannot go on. */
export interface RunEndings {
  /** The block's memory is used up. */
  starve(): never;
  /** The block has ended meanwhile. */
  giveUp(): never;
}

/**
 * One thread's way from addresses and slots to their entries in the core, with the values from before the block.
 * Entries stay where they are until the block ends; this forgets them with {@link Locations.clear}.
 */
export class Locations {
  readonly #core: Core;
  readonly #reader: StateReader;
  readonly #endings: RunEndings;
  readonly #accounts = new Map<Address, number>();
  readonly #slots = new Map<Address, Map<Hash, number>>();

  constructor(core: Core, reader: StateReader, endings: RunEndings) {
    this.#core = core;
    this.#reader = reader;
    this.#endings = endings;
  }

  clear(): void {
    this.#accounts.clear();
    this.#slots.clear();
  }

  /** The account's entry; its values from before the block are there. */
  account(address: Address): number {
    const known = this.#accounts.get(address);
    if (known !== undefined) return known;
    const { memory, scratch, steps } = this.#core;
    memory.setHex(scratch, address);
    const entry = this.#sure(steps.internAccount(scratch));
    this.#loadAccount(entry, address);
    this.#accounts.set(address, entry);
    return entry;
  }

  /** Brings the values from before the block of the account `entry`. */
  loadAccountBase(entry: number): void {
    const { layout, memory } = this.#core;
    this.account(memory.address(entry + layout.ENTRY_ADDRESS));
  }

  /** Brings the value from before the block of the slot with `head`. */
  loadSlotBase(head: number): void {
    const { layout, memory } = this.#core;
    const entry = memory.u32(head + layout.HEAD_ENTRY);
    this.slotHead(memory.address(entry + layout.ENTRY_ADDRESS), memory.hash(entry + layout.ENTRY_SLOT));
  }

  /** The head of one of the four fields of the account `entry`. */
  head(entry: number, field: number): number {
    const { layout } = this.#core;
    return entry + layout.ENTRY_HEADS + field * layout.HEAD_SIZE;
  }

  /** The head of a slot; its value from before the block is there. */
  slotHead(address: Address, slot: Hash): number {
    let slots = this.#slots.get(address);
    if (slots === undefined) {
      slots = new Map();
      this.#slots.set(address, slots);
    }
    const known = slots.get(slot);
    if (known !== undefined) return known;
    const { layout, memory, scratch, steps } = this.#core;
    const account = this.account(address);
    memory.setHex(scratch, slot);
    const head = this.#sure(steps.internSlot(account, scratch)) + layout.ENTRY_HEADS;
    if (memory.load(head + layout.HEAD_BASE) === 0) this.#loadSlot({ account, head }, address, slot);
    slots.set(slot, head);
    return head;
  }

  #loadAccount(entry: number, address: Address): void {
    const { layout, memory, scratch, steps } = this.#core;
    if (memory.load(entry + layout.ENTRY_BASE_KNOWN) !== 0 || this.#isCached(steps.loadAccount(entry))) return;
    const account = this.#reader.account(address);
    const value = scratch + 64;
    memory.setWord(value, account?.balance ?? 0n);
    this.#publish(entry, layout.FIELD_BALANCE, value);
    memory.setWord(value, account?.nonce ?? 0n);
    this.#publish(entry, layout.FIELD_NONCE, value);
    memory.fill(value, 32, 0);
    if (account !== undefined) memory.setCodeHash(value, account.codeHash);
    this.#publish(entry, layout.FIELD_CODE, value);
    memory.fill(value, 32, 0);
    memory.setU32(value + layout.GENERATION_PRESENT, account === undefined ? 0 : 1);
    this.#publish(entry, layout.FIELD_GENERATION, value);
    memory.setU32(entry + layout.ENTRY_BASE_EXISTS, account === undefined ? 0 : 1);
    memory.setU32(entry + layout.ENTRY_BASE_HAS_STORAGE, (account?.slotCount ?? 0) > 0 ? 1 : 0);
    memory.setF64(entry + layout.ENTRY_BASE_INCARNATION, account?.incarnation ?? 0);
    memory.store(entry + layout.ENTRY_BASE_KNOWN, 1);
    steps.keepAccount(entry);
  }

  #publish(entry: number, field: number, value: number): void {
    this.#sure(this.#core.steps.publishBase(this.head(entry, field), value));
  }

  #loadSlot({ account, head }: { account: number; head: number }, address: Address, slot: Hash): void {
    const { layout, memory, scratch, steps } = this.#core;
    const value = scratch + 64;
    if (memory.u32(account + layout.ENTRY_BASE_EXISTS) === 0) {
      memory.fill(value, 32, 0);
      this.#sure(steps.publishBase(head, value));
      return;
    }
    if (this.#isCached(steps.loadSlot(head))) return;
    memory.set(value, this.#reader.slot(address, memory.f64(account + layout.ENTRY_BASE_INCARNATION), slot));
    this.#sure(steps.publishBase(head, value));
    steps.keepSlot(head);
  }

  /**
   * Whether the cache gave the value. What it refuses to say may be pinned there, and the store of a worker may not have it
   * yet; worker 0 reads what is not in the store too.
   */
  #isCached(answer: number): boolean {
    const { layout, workerIndex } = this.#core;
    if (answer === layout.CACHE_REFUSED && workerIndex !== 0) this.#endings.giveUp();
    return answer === layout.CACHE_HIT;
  }

  #sure(address: number): number {
    return address === 0 ? this.#endings.starve() : address;
  }
}
