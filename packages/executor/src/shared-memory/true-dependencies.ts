import type { LocationKind } from '../figures.ts';
import type { LocationName, LocationNames } from '../figures-path.ts';
import { NumberLists, type TransactionAccesses } from '../transaction-accesses.ts';
import type { Core } from './core.ts';
import type { Row } from './rows.ts';

const ADDRESS_SIZE = 20;
const SLOT_SIZE = 32;
/** Two heads are at least so far apart, 32 bytes. */
const HEAD_SIZE_BITS = 5;

/** What transactions read and changed. */
export interface TrueAccesses extends TransactionAccesses {
  /** Of each location, by its number. */
  readonly heads: readonly number[];
}

/** What the transactions of `rows` read and changed; locations are numbered as they come. */
export function trueAccesses(core: Core, rows: readonly Row[]): TrueAccesses {
  return numbered(listAccesses(core, rows));
}

/** The same without reads of what nobody has changed before and changes that nobody reads: without most of all. */
export function trueDependencies(core: Core, rows: readonly Row[]): TrueAccesses {
  const { reads, sets, adds, ...rest } = listAccesses(core, rows, new HeadSet(core));
  const met = new HeadSet(core);
  for (let index = 0; index < reads.count; index++) met.add(reads.numbers[index] ?? 0);
  const isMet = (head: number) => met.has(head);
  return numbered({ ...rest, reads, sets: sets.filter(isMet), adds: adds.filter(isMet) });
}

/** Locations are heads. */
type HeadAccesses = Omit<TransactionAccesses, 'locationCount'>;

/** `changed`: notes what is changed, so that reads of anything else before are left out. */
function listAccesses(core: Core, rows: readonly Row[], changed?: HeadSet): HeadAccesses {
  const lists = new AccessLists(core, rows.length, changed);
  const [gas, timeNs] = [new Float64Array(rows.length), new Float64Array(rows.length)];
  for (const [index, row] of rows.entries()) {
    gas[index] = row.gasUsed;
    timeNs[index] = Math.max(1, Math.round(row.runMs * 1e6));
    lists.add(row);
  }
  const { reads, sets, adds } = lists;
  return { gas, timeNs, reads, sets, adds };
}

/** The loops stand here, without a call for each item: it would take as long as all else. */
class AccessLists {
  readonly reads: NumberLists;
  readonly sets: NumberLists;
  readonly adds: NumberLists;
  readonly #core: Core;
  readonly #changed: HeadSet | undefined;
  /** Who gets the fees: they are in no write set. */
  readonly #feeHead: number;

  constructor(core: Core, count: number, changed: HeadSet | undefined) {
    const { layout, memory } = core;
    this.reads = new NumberLists(count);
    this.sets = new NumberLists(count);
    this.adds = new NumberLists(count);
    this.#core = core;
    this.#changed = changed;
    this.#feeHead = memory.u32(layout.BENEFICIARY) + layout.ENTRY_HEADS + layout.FIELD_BALANCE * layout.HEAD_SIZE;
  }

  add({ tx, reads, writes, hasFee }: Row): void {
    this.#addReads(tx, reads);
    this.#addWrites(writes);
    if (hasFee) {
      this.#changed?.add(this.#feeHead);
      this.adds.push(this.#feeHead);
    }
    this.reads.end();
    this.sets.end();
    this.adds.end();
  }

  #addReads(tx: number, first: number): void {
    const { layout, memory, steps } = this.#core;
    const { ITEM_HEAD, ITEM_KIND, ITEM_SIZE, READ_EXACT, SEGMENT_COUNT, SEGMENT_ITEMS, SEGMENT_NEXT } = layout;
    for (let segment = first; segment !== 0; segment = memory.u32(segment + SEGMENT_NEXT)) {
      const start = segment + SEGMENT_ITEMS;
      const end = start + memory.u32(segment + SEGMENT_COUNT) * ITEM_SIZE;
      for (let item = start; item < end; item += ITEM_SIZE) {
        if (memory.u32(item + ITEM_KIND) !== READ_EXACT) continue; // a balance that suffices is no dependency
        const head = memory.u32(item + ITEM_HEAD);
        if (this.#changed?.has(head) === false) continue;
        // Nor is the sender's nonce: speculation predicts it, and only a run at the frontier reads it.
        const sender = memory.u32(steps.rowAt(tx) + layout.ROW_SENDER);
        if (!isNonceOf(this.#core, sender, head)) this.reads.push(head);
      }
    }
  }

  #addWrites(first: number): void {
    const { layout, memory } = this.#core;
    const { ITEM_CHANGED, ITEM_HEAD, ITEM_KIND, ITEM_SIZE, SEGMENT_COUNT, SEGMENT_ITEMS, SEGMENT_NEXT } = layout;
    for (let segment = first; segment !== 0; segment = memory.u32(segment + SEGMENT_NEXT)) {
      const start = segment + SEGMENT_ITEMS;
      const end = start + memory.u32(segment + SEGMENT_COUNT) * ITEM_SIZE;
      for (let item = start; item < end; item += ITEM_SIZE) {
        if (memory.u32(item + ITEM_CHANGED) === 0) continue;
        const head = memory.u32(item + ITEM_HEAD);
        this.#changed?.add(head);
        (memory.u32(item + ITEM_KIND) === layout.WRITE_ADD ? this.adds : this.sets).push(head);
      }
    }
  }
}

/** Gives numbers to the locations, transaction by transaction. */
function numbered({ reads, sets, adds, ...rest }: HeadAccesses): TrueAccesses {
  const count = rest.gas.length;
  const numbers = new Map<number, number>();
  const numberOf = (head: number) => {
    const known = numbers.get(head);
    if (known !== undefined) return known;
    numbers.set(head, numbers.size);
    return numbers.size - 1;
  };
  const made = { reads: new NumberLists(count), sets: new NumberLists(count), adds: new NumberLists(count) };
  const all = [
    { from: reads, to: made.reads, at: 0 },
    { from: sets, to: made.sets, at: 0 },
    { from: adds, to: made.adds, at: 0 },
  ];
  for (let index = 0; index < count; index++) {
    for (const one of all) {
      for (const end = one.from.ends[index] ?? 0; one.at < end; one.at++) {
        one.to.push(numberOf(one.from.numbers[one.at] ?? 0));
      }
      one.to.end();
    }
  }
  return { ...rest, ...made, locationCount: numbers.size, heads: [...numbers.keys()] };
}

/**
 * A bit for each place in the pool where a head can be: to look at the heads, wherever they lie, takes far longer. Were two
 * to share one, more would be listed than is needed, and the figures stay what they are.
 */
class HeadSet {
  readonly #start: number;
  readonly #bits: Int32Array;

  constructor({ layout, memory }: Core) {
    this.#start = layout.DYNAMIC_START;
    this.#bits = new Int32Array((this.#placeOf(memory.load(layout.POOL_TOP)) >>> 5) + 1);
  }

  add(head: number): void {
    const place = this.#placeOf(head);
    this.#bits[place >>> 5] = (this.#bits[place >>> 5] ?? 0) | (1 << place);
  }

  has(head: number): boolean {
    const place = this.#placeOf(head);
    return ((this.#bits[place >>> 5] ?? 0) & (1 << place)) !== 0;
  }

  #placeOf(head: number): number {
    return (head - this.#start) >>> HEAD_SIZE_BITS;
  }
}

/** Whether `head` is the nonce of the account whose address stands at `account`. */
function isNonceOf({ layout, memory }: Core, account: number, head: number): boolean {
  if (memory.u32(head + layout.HEAD_FIELD) !== layout.FIELD_NONCE) return false;
  const owner = memory.u32(head + layout.HEAD_ENTRY) + layout.ENTRY_ADDRESS;
  return memory.equals(account, owner, ADDRESS_SIZE);
}

function compareBytes(bytes: Uint8Array, left: number, right: number, size: number): number {
  for (let place = 0; place < size; place++) {
    const difference = (bytes[left + place] ?? 0) - (bytes[right + place] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Who the locations with these heads are; ordered by address, then by kind, then by slot. */
export function locationNames(core: Core, heads: readonly number[]): LocationNames {
  const headOf = (location: number) => heads[location] ?? 0;
  return {
    nameOf: (location) => nameHead(core, headOf(location)),
    compare: (left, right) => compareHeads(core, headOf(left), headOf(right)),
  };
}

function nameHead({ layout, memory }: Core, head: number): LocationName {
  const entry = memory.u32(head + layout.HEAD_ENTRY);
  const field = memory.u32(head + layout.HEAD_FIELD);
  return {
    address: memory.address(entry + layout.ENTRY_ADDRESS),
    kind: kindOf(layout, field),
    slot: field === layout.FIELD_SLOT ? memory.hash(entry + layout.ENTRY_SLOT) : undefined,
    reExecutions: memory.load(head + layout.HEAD_LOSSES),
  };
}

function compareHeads({ layout, memory }: Core, left: number, right: number): number {
  const [leftEntry, rightEntry] = [memory.u32(left + layout.HEAD_ENTRY), memory.u32(right + layout.HEAD_ENTRY)];
  const compareAt = (place: number, size: number) =>
    compareBytes(memory.bytes, leftEntry + place, rightEntry + place, size);
  const byAddress = compareAt(layout.ENTRY_ADDRESS, ADDRESS_SIZE);
  if (byAddress !== 0) return byAddress;
  const [leftField, rightField] = [memory.u32(left + layout.HEAD_FIELD), memory.u32(right + layout.HEAD_FIELD)];
  if (leftField !== rightField) return kindOf(layout, leftField) < kindOf(layout, rightField) ? -1 : 1;
  return leftField === layout.FIELD_SLOT ? compareAt(layout.ENTRY_SLOT, SLOT_SIZE) : 0;
}

function kindOf(layout: Core['layout'], field: number): LocationKind {
  const kinds: Readonly<Record<number, LocationKind>> = {
    [layout.FIELD_BALANCE]: 'balance',
    [layout.FIELD_NONCE]: 'nonce',
    [layout.FIELD_CODE]: 'code',
    [layout.FIELD_GENERATION]: 'storage',
  };
  return kinds[field] ?? 'slot';
}
