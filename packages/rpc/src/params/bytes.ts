import { type Address, type Hash, hexToBytes, toQuantity } from '@heddle/primitives';
import { rpcErrors } from '../errors.ts';
import { expectArray, expectString, ParameterError, type ParameterType } from './parameter.ts';

/** 20 bytes of hex, any casing. */
export const address: ParameterType<Address> = {
  description: 'address (20 bytes)',
  parse: (value) => parseFixed(value, 20, 'address'),
};

/** 32 bytes of hex, any casing. */
export const hash: ParameterType<Hash> = {
  description: 'hash (32 bytes)',
  parse: (value) => parseFixed(value, 32, 'hash'),
};

/** Any number of bytes as hex. */
export const data: ParameterType<Uint8Array> = {
  description: 'data (0x hex, even length)',
  parse: (value) => hexToBytes(parseHex(expectString(value))),
};

/** A storage key: up to 32 bytes, also odd or short (`0x0`), as geth takes them. */
export const storageKey: ParameterType<Hash> = {
  description: 'storage key (up to 32 bytes)',
  parse(value) {
    const text = expectString(value);
    const digits = /^0x/i.test(text) ? text.slice(2) : text;
    if (!/^[0-9a-f]*$/i.test(digits)) throw new ParameterError('invalid hex in storage key');
    if (digits.length > 64) throw rpcErrors.storageKeyTooLong(text);
    return `0x${digits.toLowerCase().padStart(64, '0')}`;
  },
};

/** A storage key and how an answer names it. */
export interface ProofKey {
  readonly slot: Hash;
  readonly shown: string;
}

/** Storage keys; as in geth a whole one is named as such in the answer, a shorter one as a quantity. */
export const storageKeys: ParameterType<readonly ProofKey[]> = {
  description: 'storage keys (up to 32 bytes each)',
  parse: (value) =>
    expectArray(value).map((item) => {
      const slot = storageKey.parse(item);
      const isWhole = expectString(item).replace(/^0x/i, '').length >= 63;
      return { slot, shown: isWhole ? slot : toQuantity(BigInt(slot)) };
    }),
};

function parseFixed(value: unknown, size: number, what: string): Address {
  const text = parseHex(expectString(value));
  if (text.length !== 2 + size * 2) {
    throw new ParameterError(`hex string has length ${text.length - 2}, want ${size * 2} for ${what}`);
  }
  return text.toLowerCase() as Address;
}

function parseHex(text: string): string {
  if (text === '') throw new ParameterError('empty hex string');
  if (!/^0x/i.test(text)) throw new ParameterError('hex string without 0x prefix');
  if (text.length % 2 !== 0) throw new ParameterError('hex string of odd length');
  if (!/^0x[0-9a-f]*$/i.test(text)) throw new ParameterError('invalid hex string');
  return `0x${text.slice(2)}`;
}
