import { type Address, EMPTY_CODE_HASH, type Hash } from '@heddle/primitives';
import { SLOT_AFTER, SLOT_RECORD_BYTES, type SlotChanges } from '../state/slot-changes.ts';
import type { StateDiff, StateReader, StoredAccount } from '../state/state-diff.ts';
import { type Core, PAGE_SIZE_BYTES } from './core.ts';

/** A slot's place: which storage of which account. */
interface SlotPlace {
  readonly address: Address;
  readonly incarnation: number;
  readonly slot: Hash;
}

/**
 * The flat state at the head that all workers share (assembly/flat-cache.ts), as worker 0 moves it from head to head while
 * no block runs. Blocks fill it and read it by {@link Locations}.
 */
export class FlatCache {
  readonly #core: Core;
  readonly #reader: StateReader;
  /** The pinned cells of each diff that the other workers' store does not have. */
  readonly #held = new Map<StateDiff, readonly number[]>();

  /** `reader` is of worker 0, at the head. `sets`: fewer for tests. */
  constructor(core: Core, reader: StateReader, sets: number = core.layout.MAX_CACHE_SETS) {
    this.#core = core;
    this.#reader = reader;
    core.memory.reach(core.layout.DYNAMIC_START, PAGE_SIZE_BYTES);
    core.steps.openCache(sets);
  }

  /** The head has moved by `diff`, as the reader knows. */
  apply(diff: StateDiff): void {
    const { layout, steps } = this.#core;
    if (steps.planted(layout.MUTATION_KEEP_OLD_STATE) !== 0) return;
    for (const [address, { before, after }] of diff.accounts) {
      // How many slots an account has is not in a diff; that most have none is.
      const hadNone = before === undefined || before.slotCount === 0;
      const isKnown = after === undefined || (hadNone && !diff.slots.has(address));
      this.#putAccount(address, isKnown ? after : this.#reader.account(address));
    }
    for (const [address, slots] of diff.slots) {
      const account = diff.accounts.has(address) ? diff.accounts.get(address)?.after : this.#reader.account(address);
      if (account === undefined) continue; // its slots are those of an incarnation that has ended
      if (!diff.accounts.has(address)) this.#putAccount(address, account);
      this.#putSlots(address, account.incarnation, slots);
    }
  }

  /** Forgets everything. */
  drop(): void {
    this.#core.steps.dropCache();
    this.#held.clear();
  }

  /**
   * Before a block: pins what `pending` changes, which no store but the reader's has, and lets go of what is pinned for
   * others. What there is no room for, and codes, is given back: the block must get it another way.
   */
  hold(pending: readonly StateDiff[]): StateDiff[] {
    for (const [diff, cells] of this.#held) if (!pending.includes(diff)) this.#release(diff, cells);
    const left: StateDiff[] = [];
    for (const diff of pending) {
      if (!this.#held.has(diff) && !this.#pin(diff)) left.push(diff);
      else if (diff.codes.size > 0) left.push({ accounts: new Map(), slots: new Map(), codes: diff.codes });
    }
    return left;
  }

  /** Accounts and slots that all workers have asked for and found here, and not found. */
  counts(): { readonly hits: number; readonly misses: number } {
    const { layout, memory, steps } = this.#core;
    let [hits, misses] = [0, 0];
    for (let index = 0; index < layout.MAX_WORKERS; index++) {
      hits += memory.u32(steps.workerStateAddress(index) + layout.WORKER_CACHE_HITS);
      misses += memory.u32(steps.workerStateAddress(index) + layout.WORKER_CACHE_MISSES);
    }
    return { hits, misses };
  }

  /** False: there is no room for all of it, and none of it is pinned. */
  #pin(diff: StateDiff): boolean {
    const cells: number[] = [];
    const pin = (cell: number): boolean => {
      if (cell === 0) return false;
      this.#addPins(cell, 1);
      cells.push(cell);
      return true;
    };
    const isPinned = this.#cellsOf(diff, pin);
    if (isPinned) this.#held.set(diff, cells);
    else this.#release(diff, cells);
    return isPinned;
  }

  /** Calls `take` with the cell of everything that `diff` changes, in its value at the head, until it says false. */
  #cellsOf({ accounts, slots }: StateDiff, take: (cell: number) => boolean): boolean {
    for (const address of new Set([...accounts.keys(), ...slots.keys()])) {
      if (!take(this.#accountCell(address))) return false;
      const changes = slots.get(address);
      const account = changes && this.#reader.account(address);
      if (changes === undefined || account === undefined) continue;
      for (const slot of changes.keys()) {
        if (!take(this.#slotCell({ address, incarnation: account.incarnation, slot }))) return false;
      }
    }
    return true;
  }

  #release(diff: StateDiff, cells: readonly number[]): void {
    for (const cell of cells) this.#addPins(cell, -1);
    this.#held.delete(diff);
  }

  #addPins(cell: number, count: number): void {
    const { layout, memory } = this.#core;
    memory.setU32(cell + layout.CELL_PINS, memory.u32(cell + layout.CELL_PINS) + count);
  }

  #accountCell(address: Address): number {
    const { memory, scratch, steps } = this.#core;
    memory.setHex(scratch, address);
    const found = steps.findAccountCell(scratch);
    return found !== 0 ? found : this.#putAccount(address, this.#reader.account(address));
  }

  #slotCell(place: SlotPlace): number {
    const { address, incarnation, slot } = place;
    const { memory, scratch, steps } = this.#core;
    memory.setHex(scratch, address);
    memory.setHex(scratch + 32, slot);
    const found = steps.findSlotCell(scratch, scratch + 32, incarnation);
    return found !== 0 ? found : this.#putSlot(place, this.#reader.slot(address, incarnation, slot));
  }

  /** Its cell, 0 when there is no room. The account comes with its slot count, or has no slots. */
  #putAccount(address: Address, account: StoredAccount | undefined): number {
    const { layout, memory, scratch, steps } = this.#core;
    memory.setHex(scratch, address);
    const cell = steps.makeAccountCell(scratch);
    if (cell === 0) return 0;
    memory.setWord(cell + layout.CELL_VALUE, account?.balance ?? 0n);
    memory.setCodeHash(cell + layout.CELL_CODE, account?.codeHash ?? EMPTY_CODE_HASH);
    memory.setBigEndian64(cell + layout.CELL_NONCE, account?.nonce ?? 0n);
    memory.setF64(cell + layout.CELL_INCARNATION, account?.incarnation ?? 0);
    memory.setU32(cell + layout.CELL_EXISTS, account === undefined ? 0 : 1);
    memory.setU32(cell + layout.CELL_HAS_STORAGE, (account?.slotCount ?? 0) > 0 ? 1 : 0);
    return cell;
  }

  /** The values that the slots have after the change. */
  #putSlots(address: Address, incarnation: number, { records }: SlotChanges): void {
    const { layout, memory, scratch, steps } = this.#core;
    memory.setHex(scratch, address);
    for (let at = 0; at < records.length; at += SLOT_RECORD_BYTES) {
      const value = at + SLOT_AFTER;
      memory.set(scratch + 32, records.subarray(at, at + 32));
      const cell = steps.makeSlotCell(scratch, scratch + 32, incarnation);
      if (cell !== 0) memory.set(cell + layout.CELL_VALUE, records.subarray(value, value + 32));
    }
  }

  #putSlot({ address, incarnation, slot }: SlotPlace, value: Uint8Array): number {
    const { layout, memory, scratch, steps } = this.#core;
    memory.setHex(scratch, address);
    memory.setHex(scratch + 32, slot);
    const cell = steps.makeSlotCell(scratch, scratch + 32, incarnation);
    if (cell !== 0) memory.set(cell + layout.CELL_VALUE, value);
    return cell;
  }
}
