import { type Address, bigIntToBytesOfSize, bytesToHex, type Hash, type Hex, hexToBytes } from '@heddle/primitives';
import { fileMalformed } from './file-errors.ts';

/** One value of the file with its place, for messages. Every method throws HeddleError `FILE_MALFORMED`. */
export class JsonField {
  readonly file: string;
  /** `config.heddle.validators[2].stake`; empty for the whole. */
  readonly path: string;
  readonly value: unknown;

  constructor(file: string, path: string, value: unknown) {
    this.file = file;
    this.path = path;
    this.value = value;
  }

  /** Absent, or null as geth writes an unset field. */
  get isAbsent(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** The field `key` of this object. */
  field(key: string): JsonField {
    return new JsonField(this.file, this.path === '' ? key : `${this.path}.${key}`, this.asObject()[key]);
  }

  /** The fields of this object by key. */
  fields(): [string, JsonField][] {
    return Object.keys(this.asObject()).map((key) => [key, this.field(key)]);
  }

  /** The elements of this array. */
  elements(): JsonField[] {
    if (!Array.isArray(this.value)) throw this.malformed('an array');
    return this.value.map((element, index) => new JsonField(this.file, `${this.path}[${index}]`, element));
  }

  /** Refuses keys that are not among `known`. */
  onlyKnown(known: readonly string[]): void {
    for (const [key, field] of this.fields()) {
      if (!known.includes(key)) throw field.malformed(`no such field here (known: ${known.join(', ')})`);
    }
  }

  /** A whole number, `low` to `high`, as a JSON number, a decimal string or 0x hex. */
  integer(low: bigint, high: bigint): bigint {
    const value = parseInteger(this.value);
    const form = `a whole number from ${low} to ${high}, decimal or 0x hex (above 2^53 in quotes)`;
    if (value === undefined || value < low || value > high) throw this.malformed(form);
    return value;
  }

  /** {@link integer} as a JavaScript number. */
  number(low: number, high: number): number {
    return Number(this.integer(BigInt(low), BigInt(high)));
  }

  /** 0x hex of even length, lower-cased. */
  bytes(): Uint8Array {
    if (typeof this.value !== 'string' || !/^0x[0-9a-fA-F]*$/.test(this.value) || this.value.length % 2 === 1) {
      throw this.malformed('0x and an even number of hexadecimal digits');
    }
    return hexToBytes(this.value);
  }

  /** {@link bytes} of exactly `size`. */
  bytesOfSize(size: number): Hex {
    const bytes = this.bytes();
    if (bytes.length !== size) throw this.malformed(`0x and ${size * 2} hexadecimal digits`);
    return bytesToHex(bytes);
  }

  /** An address in any casing, with or without 0x. */
  address(): Address {
    return asAddress(this.value) ?? this.fail('an address: 0x and 40 hexadecimal digits');
  }

  /** A word of at most 32 bytes as hex, filled up with zeros on the left. */
  word(): Hash {
    const { value } = this;
    if (typeof value !== 'string' || !/^(0x)?[0-9a-fA-F]{1,64}$/.test(value)) {
      throw this.malformed('0x and up to 64 hexadecimal digits');
    }
    return bytesToHex(bigIntToBytesOfSize(BigInt(value.startsWith('0x') ? value : `0x${value}`), 32));
  }

  /** Text of at least one and at most `longest` characters. */
  text(longest = 4_096): string {
    const { value } = this;
    if (typeof value !== 'string' || value === '' || value.length > longest) {
      throw this.malformed(`text of 1 to ${longest} characters`);
    }
    return value;
  }

  /** A number, `low` to `high`, fractions allowed. */
  decimal(low: number, high: number): number {
    const { value } = this;
    if (typeof value !== 'number' || !(value >= low && value <= high)) {
      throw this.malformed(`a number from ${low} to ${high}`);
    }
    return value;
  }

  /** true or false. */
  boolean(): boolean {
    if (typeof this.value !== 'boolean') throw this.malformed('true or false');
    return this.value;
  }

  /** One of `choices`. */
  choice<const T extends string>(choices: readonly T[]): T {
    const found = choices.find((choice) => choice === this.value);
    return found ?? this.fail(`one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`);
  }

  /** The error that says what this value should be. */
  malformed(expected: string): Error {
    return fileMalformed(this.file, this.path, this.value, expected);
  }

  private fail(expected: string): never {
    throw this.malformed(expected);
  }

  private asObject(): Record<string, unknown> {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.malformed('an object');
    return value as Record<string, unknown>;
  }
}

/** An address as files spell it, lower-cased with 0x; undefined for anything else. */
export function asAddress(value: unknown): Address | undefined {
  if (typeof value !== 'string' || !/^(0x)?[0-9a-fA-F]{40}$/.test(value)) return undefined;
  const lower = value.toLowerCase();
  return lower.startsWith('0x') ? (lower as Address) : `0x${lower}`;
}

function parseInteger(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== 'string' || !/^(0x[0-9a-fA-F]+|[0-9]+)$/.test(value)) return undefined;
  return BigInt(value);
}
