/// <reference path="../../shared-memory/web-assembly.d.ts" />
import type { Address, Hash, Hex } from '@heddle/primitives';

const MASK_64 = 0xffff_ffff_ffff_ffffn;

/**
 * The memory of an instance of the EVM as its host reads and writes it. Numbers are little-endian, words of 32 bytes too;
 * addresses, hashes and codes are bytes. The memory grows while the EVM runs, which ends all views.
 */
export class EvmMemory {
  readonly #memory: WebAssembly.Memory;
  #buffer: Buffer<ArrayBufferLike>;
  #view: DataView;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
    this.#buffer = Buffer.from(memory.buffer);
    this.#view = new DataView(memory.buffer);
  }

  /** Bytes; never fewer than before. */
  size(): number {
    return this.#current().byteLength;
  }

  u32(address: number): number {
    return this.#current().getUint32(address, true);
  }

  setU32(address: number, value: number): void {
    this.#current().setUint32(address, value, true);
  }

  u64(address: number): bigint {
    return this.#current().getBigUint64(address, true);
  }

  setU64(address: number, value: bigint): void {
    this.#current().setBigUint64(address, value, true);
  }

  /** The number in the word at `address`. */
  word(address: number): bigint {
    const view = this.#current();
    const low = view.getBigUint64(address, true);
    const second = view.getBigUint64(address + 8, true);
    const third = view.getBigUint64(address + 16, true);
    const high = view.getBigUint64(address + 24, true);
    if (high === 0n && third === 0n) return second === 0n ? low : (second << 64n) | low;
    return (high << 192n) | (third << 128n) | (second << 64n) | low;
  }

  setWord(address: number, value: bigint): void {
    const view = this.#current();
    view.setBigUint64(address, value & MASK_64, true);
    if (value <= MASK_64) {
      for (let offset = 8; offset < 32; offset += 8) view.setBigUint64(address + offset, 0n, true);
      return;
    }
    view.setBigUint64(address + 8, (value >> 64n) & MASK_64, true);
    view.setBigUint64(address + 16, (value >> 128n) & MASK_64, true);
    view.setBigUint64(address + 24, value >> 192n, true);
  }

  /** The bytes themselves, not a copy: good until the memory grows, which only the EVM and reserveOutput let it. */
  view(address: number, size: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, size);
  }

  /** Bytes of the word at `address` as states hold them: highest first. */
  wordBytes(address: number): Uint8Array {
    return this.copy(address, 32).reverse();
  }

  /** A copy of `size` bytes. */
  copy(address: number, size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    bytes.set(this.#bytes().subarray(address, address + size));
    return bytes;
  }

  set(address: number, bytes: Uint8Array): void {
    this.#bytes().set(bytes, address);
  }

  setHex(address: number, hex: Hex): void {
    this.#bytes().write(hex.slice(2), address, 'hex');
  }

  hash(address: number): Hash {
    return `0x${this.#bytes().toString('hex', address, address + 32)}`;
  }

  address(address: number): Address {
    return `0x${this.#bytes().toString('hex', address, address + 20)}`;
  }

  /** The `size` bytes at `address` as hex. */
  hex(address: number, size: number): Hex {
    return `0x${this.#bytes().toString('hex', address, address + size)}`;
  }

  #bytes(): Buffer<ArrayBufferLike> {
    this.#current();
    return this.#buffer;
  }

  /** A buffer that the memory has outgrown has no length any more. */
  #current(): DataView {
    if (this.#buffer.length === 0) {
      this.#buffer = Buffer.from(this.#memory.buffer);
      this.#view = new DataView(this.#memory.buffer);
    }
    return this.#view;
  }
}
