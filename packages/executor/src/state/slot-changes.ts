import { bytesToHex, type Hash, writeHex } from '@heddle/primitives';

/** One slot's change over a block, in one incarnation; 32 bytes each. */
export interface SlotChange {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

const WORD_BYTES = 32;
/** Where in a slot's record of {@link SlotChanges.records} its value before stands; the slot itself comes first. */
export const SLOT_BEFORE: number = WORD_BYTES;
/** Where its value after stands. */
export const SLOT_AFTER: number = 2 * WORD_BYTES;
/** Bytes of a record. */
export const SLOT_RECORD_BYTES: number = 3 * WORD_BYTES;

/**
 * The slots of one account that a block changed, each once, in the order in which they were added. Blocks change them by the
 * thousand: they are bytes side by side, and texts and arrays only where somebody asks for them.
 */
export class SlotChanges implements Iterable<readonly [Hash, SlotChange]> {
  #bytes: Uint8Array = new Uint8Array(SLOT_RECORD_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #end = 0;

  constructor(changes: Iterable<readonly [Hash, SlotChange]> = []) {
    for (const [slot, change] of changes) this.add(slot, change);
  }

  /** Slots. */
  get size(): number {
    return this.#end / SLOT_RECORD_BYTES;
  }

  /** One record of {@link SLOT_RECORD_BYTES} a slot; until the next one is added. */
  get records(): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, 0, this.#end);
  }

  add(slot: Hash, { before, after }: SlotChange): void {
    const at = this.#extend();
    writeHex(this.#bytes, at, slot);
    this.#bytes.set(before, at + SLOT_BEFORE);
    this.#bytes.set(after, at + SLOT_AFTER);
  }

  /** Adds the slot whose name and values stand at these places of `source`; `before` undefined: it was zero. */
  addFrom(source: DataView, slot: number, before: number | undefined, after: number): void {
    const at = this.#extend();
    const view = this.#view;
    copyWord(view, at, source, slot);
    copyWord(view, at + SLOT_AFTER, source, after);
    if (before !== undefined) copyWord(view, at + SLOT_BEFORE, source, before);
  }

  *keys(): Generator<Hash> {
    for (let at = 0; at < this.#end; at += SLOT_RECORD_BYTES) yield bytesToHex(this.#word(at));
  }

  *[Symbol.iterator](): Generator<readonly [Hash, SlotChange]> {
    for (let at = 0; at < this.#end; at += SLOT_RECORD_BYTES) {
      const change = { before: this.#word(at + SLOT_BEFORE), after: this.#word(at + SLOT_AFTER) };
      yield [bytesToHex(this.#word(at)), change];
    }
  }

  #word(at: number): Uint8Array {
    return this.#bytes.slice(at, at + WORD_BYTES);
  }

  #extend(): number {
    const at = this.#end;
    this.#end = at + SLOT_RECORD_BYTES;
    if (this.#end <= this.#bytes.length) return at;
    const larger = new Uint8Array(2 * this.#bytes.length);
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
    return at;
  }
}

/** In fours: byte by byte it takes several times as long, and a copy by the library has its price a call. */
function copyWord(target: DataView, at: number, source: DataView, from: number): void {
  for (let place = 0; place < WORD_BYTES; place += 4) target.setUint32(at + place, source.getUint32(from + place));
}
