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
  const fail = (what: string): never => {
    throw new HeddleError('RLP_FIELD', `${structure}: ${what}`);
  };
  if (!Array.isArray(item)) return fail('expected a list');
  let next = 0;
  const take = (field: string): RlpItem => {
    const value = item[next++];
    return value === undefined ? fail(`${field} is missing`) : value;
  };
  const bytes = (field: string): Uint8Array => {
    const value = take(field);
    return value instanceof Uint8Array ? value : fail(`${field} must be bytes, not a list`);
  };
  const bytesOfSize = (field: string, size: number): Uint8Array => {
    const value = bytes(field);
    return value.length === size ? value : fail(`${field} has ${value.length} bytes, expected ${size}`);
  };
  const bigint = (field: string, bits: 64 | 256): bigint => {
    const value = bytes(field);
    if (value.length > bits / 8) return fail(`${field} exceeds ${bits} bits`);
    if (value[0] === 0) return fail(`${field} has leading zeros`);
    return bytesToBigInt(value);
  };
  return {
    bytes,
    bytesOfSize,
    bigint,
    hex: (field) => bytesToHex(bytes(field)),
    hash: (field) => bytesToHex(bytesOfSize(field, 32)),
    address: (field) => bytesToHex(bytesOfSize(field, 20)),
    optionalAddress(field) {
      const value = bytes(field);
      if (value.length === 0) return undefined;
      return value.length === 20 ? bytesToHex(value) : fail(`${field} has ${value.length} bytes, expected 0 or 20`);
    },
    number(field) {
      const value = bytes(field);
      if (value.length > 8) return fail(`${field} exceeds 64 bits`);
      if (value[0] === 0) return fail(`${field} has leading zeros`);
      let number = 0;
      for (const byte of value) number = number * 0x100 + byte;
      return Number.isSafeInteger(number) ? number : fail(`${field} exceeds 2^53`);
    },
    list(field) {
      const value = take(field);
      return Array.isArray(value) ? value : fail(`${field} must be a list`);
    },
    remaining: () => item.length - next,
    end() {
      if (next !== item.length) fail(`${item.length - next} items too many`);
    },
  };
}
