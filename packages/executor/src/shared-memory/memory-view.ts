/// <reference path="./web-assembly.d.ts" />
import { type Address, bytesToHex, EMPTY_CODE_HASH, type Hash, type Hex, writeHex } from '@heddle/primitives';

const LIMIT_64 = 1n << 64n;
const LIMIT_128 = 1n << 128n;
/** Of bytes up to so many a loop makes a copy faster than the two calls that take a part and set it. */
const SHORT_BYTES = 64;

/** The shared memory as one thread reads and writes it: numbers little-endian, words of 32 bytes big-endian. */
export class MemoryView {
  readonly #memory: WebAssembly.Memory;
  #buffer: Buffer<ArrayBufferLike>;
  #view: DataView;
  #words: Int32Array;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
    this.#buffer = Buffer.from(memory.buffer);
    this.#view = new DataView(memory.buffer);
    this.#words = new Int32Array(memory.buffer);
  }

  /** Makes all bytes up to `end` reachable, growing the memory if needed. Old views do not see new pages. */
  reach(end: number, pageSizeBytes: number): void {
    if (end > this.#memory.buffer.byteLength) {
      this.#memory.grow(Math.ceil((end - this.#memory.buffer.byteLength) / pageSizeBytes));
    }
    this.refresh(end);
  }

  /** Sees what another thread grew, at least up to `end`. */
  refresh(end: number): void {
    if (end <= this.#buffer.length) return;
    if (this.#memory.buffer.byteLength < end) this.#memory.grow(0); // makes a new buffer of the real length
    const { buffer } = this.#memory;
    this.#buffer = Buffer.from(buffer);
    this.#view = new DataView(buffer);
    this.#words = new Int32Array(buffer);
  }

  /** All of the memory that this view sees. */
  get bytes(): Buffer<ArrayBufferLike> {
    return this.#buffer;
  }

  /** The same, as numbers. */
  get view(): DataView {
    return this.#view;
  }

  u32(address: number): number {
    return this.#view.getUint32(address, true);
  }

  setU32(address: number, value: number): void {
    this.#view.setUint32(address, value, true);
  }

  f64(address: number): number {
    return this.#view.getFloat64(address, true);
  }

  setF64(address: number, value: number): void {
    this.#view.setFloat64(address, value, true);
  }

  u64(address: number): bigint {
    return this.#view.getBigUint64(address, true);
  }

  setU64(address: number, value: bigint): void {
    this.#view.setBigUint64(address, value, true);
  }

  /** A number of eight bytes that stands there big-endian, as words do. */
  bigEndian64(address: number): bigint {
    return this.#view.getBigUint64(address);
  }

  /** Writes what {@link MemoryView.bigEndian64} reads. */
  setBigEndian64(address: number, value: bigint): void {
    this.#view.setBigUint64(address, value);
  }

  /** A copy of `size` bytes. */
  copy(address: number, size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    if (size > SHORT_BYTES) bytes.set(this.#buffer.subarray(address, address + size));
    else for (let place = 0; place < size; place++) bytes[place] = this.#buffer[address + place] ?? 0;
    return bytes;
  }

  /**
   * Copies `size` bytes from a multiple of 4 on to word `index` of `target`, the last word filled up with zeros; the index
   * behind it. Of pieces that come by the thousand this takes a third of what a part and `set` take.
   */
  copyWords(address: number, size: number, target: Int32Array, index: number): number {
    const words = this.#words;
    const end = index + (size >> 2);
    let from = address >> 2;
    for (let place = index; place < end; place++) target[place] = words[from++] ?? 0;
    const odd = size & 3;
    if (odd === 0) return end;
    target[end] = (words[from] ?? 0) & ((1 << (odd * 8)) - 1);
    return end + 1;
  }

  set(address: number, bytes: Uint8Array): void {
    this.#buffer.set(bytes, address);
  }

  fill(address: number, size: number, byte: number): void {
    this.#buffer.fill(byte, address, address + size);
  }

  /** The 32-byte number at `address`. */
  word(address: number): bigint {
    const view = this.#view;
    const low = view.getBigUint64(address + 24);
    if (this.isZero(address, 24)) return low;
    const lower = (view.getBigUint64(address + 16) << 64n) | low;
    if (this.isZero(address, 16)) return lower;
    return (view.getBigUint64(address) << 192n) | (view.getBigUint64(address + 8) << 128n) | lower;
  }

  /** Of each number that is made only the low 64 bits are written. */
  setWord(address: number, value: bigint): void {
    const view = this.#view;
    const isLong = value >= LIMIT_128;
    view.setBigUint64(address, isLong ? value >> 192n : 0n);
    view.setBigUint64(address + 8, isLong ? value >> 128n : 0n);
    view.setBigUint64(address + 16, value >= LIMIT_64 ? value >> 64n : 0n);
    view.setBigUint64(address + 24, value);
  }

  /** Whether `size` bytes are zero, in fours. */
  isZero(address: number, size: number): boolean {
    for (let place = address; place < address + size; place += 4) if (this.#view.getUint32(place) !== 0) return false;
    return true;
  }

  /** Whether the `size` bytes at `one` are those at `other`, in fours. */
  equals(one: number, other: number, size: number): boolean {
    const view = this.#view;
    for (let place = 0; place < size; place += 4) {
      if (view.getUint32(one + place) !== view.getUint32(other + place)) return false;
    }
    return true;
  }

  hash(address: number): Hash {
    return `0x${this.#buffer.toString('hex', address, address + 32)}`;
  }

  address(address: number): Address {
    return `0x${this.#buffer.toString('hex', address, address + 20)}`;
  }

  setHex(address: number, hex: Hex): void {
    writeHex(this.#buffer, address, hex);
  }

  /** The code hash at `address`, where 32 zeros stand for no code. */
  codeHash(address: number): Hash {
    return this.isZero(address, 16) ? EMPTY_CODE_HASH : this.hash(address);
  }

  setCodeHash(address: number, codeHash: Hash): void {
    if (codeHash === EMPTY_CODE_HASH) this.fill(address, 32, 0);
    else this.setHex(address, codeHash);
  }

  load(address: number): number {
    return Atomics.load(this.#words, address >> 2);
  }

  store(address: number, value: number): void {
    Atomics.store(this.#words, address >> 2, value);
  }

  /** Stores `value` if `expected` stands there; says whether it did. */
  exchange(address: number, expected: number, value: number): boolean {
    return Atomics.compareExchange(this.#words, address >> 2, expected, value) === expected;
  }

  wait(address: number, expected: number, timeoutMs: number): void {
    Atomics.wait(this.#words, address >> 2, expected, timeoutMs);
  }

  wake(address: number): void {
    Atomics.notify(this.#words, address >> 2);
  }

  /** The bytes as hex. */
  hex(address: number, size: number): Hex {
    return bytesToHex(this.copy(address, size));
  }
}
