import { type Address, bytesToBigInt, bytesToHex, type Hash, type Hex } from './bytes.ts';
import { HeddleError } from './errors.ts';
import type { RlpItem } from './rlp.ts';

/** Reads the items of one RLP list in order; every mismatch names the structure and the field. */
export interface FieldReader {
  /** A byte string of any length. */
  bytes(field: string): Uint8Array;
  /** A byte string of exactly `size` bytes. */
  bytesOfSize(field: string, size: number): Uint8Array;
  hex(field: string): Hex;
  hash(field: string): Hash;
  address(field: string): Address;
  /** An address, or undefined for the empty string (contract creation). */
  optionalAddress(field: string): Address | undefined;
  /** A number without leading zeros, below 2^`bits`. */
  bigint(field: string, bits: 64 | 256): bigint;
  /** A number below 2^53. */
  number(field: string): number;
  list(field: string): RlpItem[];
  /** How many items are left. */
  remaining(): number;
  /** @throws HeddleError when items are left over */
  end(): void;
}

/**
 * A reader over `item`, which must be a list.
 *
 * @throws HeddleError `RLP_FIELD` here and in each method, naming `structure` and the field.
 */
export function readFields(item: RlpItem | undefined, structure: string): FieldReader {
  if (!Array.isArray(item)) throw fieldError(structure, 'expected a list');
  return new Fields(item, structure);
}

/** A class: a set of closures for each list would cost more than the fields themselves. */
class Fields implements FieldReader {
  readonly #items: readonly RlpItem[];
  readonly #structure: string;
  #next = 0;

  constructor(items: readonly RlpItem[], structure: string) {
    this.#items = items;
    this.#structure = structure;
  }

  bytes(field: string): Uint8Array {
    const value = this.#take(field);
    return value instanceof Uint8Array ? value : this.#fail(`${field} must be bytes, not a list`);
  }

  bytesOfSize(field: string, size: number): Uint8Array {
    const value = this.bytes(field);
    return value.length === size ? value : this.#fail(`${field} has ${value.length} bytes, expected ${size}`);
  }

  hex(field: string): Hex {
    return bytesToHex(this.bytes(field));
  }

  hash(field: string): Hash {
    return bytesToHex(this.bytesOfSize(field, 32));
  }

  address(field: string): Address {
    return bytesToHex(this.bytesOfSize(field, 20));
  }

  optionalAddress(field: string): Address | undefined {
    const value = this.bytes(field);
    if (value.length === 0) return undefined;
    return value.length === 20 ? bytesToHex(value) : this.#fail(`${field} has ${value.length} bytes, expected 0 or 20`);
  }

  bigint(field: string, bits: 64 | 256): bigint {
    const value = this.bytes(field);
    if (value.length > bits / 8) return this.#fail(`${field} exceeds ${bits} bits`);
    if (value[0] === 0) return this.#fail(`${field} has leading zeros`);
    return bytesToBigInt(value);
  }

  number(field: string): number {
    const value = this.bytes(field);
    if (value.length > 8) return this.#fail(`${field} exceeds 64 bits`);
    if (value[0] === 0) return this.#fail(`${field} has leading zeros`);
    let number = 0;
    for (const byte of value) number = number * 0x100 + byte;
    return Number.isSafeInteger(number) ? number : this.#fail(`${field} exceeds 2^53`);
  }

  list(field: string): RlpItem[] {
    const value = this.#take(field);
    return Array.isArray(value) ? value : this.#fail(`${field} must be a list`);
  }

  remaining(): number {
    return this.#items.length - this.#next;
  }

  end(): void {
    if (this.remaining() !== 0) this.#fail(`${this.remaining()} items too many`);
  }

  #take(field: string): RlpItem {
    const value = this.#items[this.#next++];
    return value === undefined ? this.#fail(`${field} is missing`) : value;
  }

  #fail(what: string): never {
    throw fieldError(this.#structure, what);
  }
}

function fieldError(structure: string, what: string): HeddleError {
  return new HeddleError('RLP_FIELD', `${structure}: ${what}`);
}
