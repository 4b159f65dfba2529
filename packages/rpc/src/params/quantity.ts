import { expectString, kindOf, ParameterError, type ParameterType } from './parameter.ts';

/** A JSON-RPC quantity below 2^256. */
export const quantity: ParameterType<bigint> = {
  description: 'quantity (0x hex without leading zeros)',
  parse: (value) => parseQuantity(expectString(value), 256),
};

/** A quantity below 2^64. */
export const quantity64: ParameterType<bigint> = {
  description: 'quantity below 2^64',
  parse: (value) => parseQuantity(expectString(value), 64),
};

/** A count or time as tools spell them: quantity, JSON number or decimal string. */
export const looseNumber: ParameterType<number> = {
  description: 'quantity, JSON number or decimal string',
  parse(value) {
    if (typeof value === 'number') return expectSafe(value);
    const text = expectString(value);
    if (/^[0-9]+$/.test(text)) return expectSafe(Number(text));
    return expectSafe(Number(parseQuantity(text, 64)));
  },
};

/** true or false. */
export const boolean: ParameterType<boolean> = {
  description: 'boolean',
  parse(value) {
    if (typeof value !== 'boolean') throw new ParameterError(`expected a boolean, got ${kindOf(value)}`);
    return value;
  },
};

/** The number that `text` spells, with geth's texts for what is wrong. @throws ParameterError */
export function parseQuantity(text: string, bits: 64 | 256): bigint {
  if (text === '') throw new ParameterError('empty hex string');
  if (!/^0x/i.test(text)) throw new ParameterError('hex string without 0x prefix');
  if (text.length === 2) throw new ParameterError('hex string "0x"');
  if (text.length > 3 && text[2] === '0') throw new ParameterError('hex number with leading zero digits');
  if (text.length - 2 > bits / 4) throw new ParameterError(`hex number > ${bits} bits`);
  if (!/^0x[0-9a-f]+$/i.test(text)) throw new ParameterError('invalid hex string');
  return BigInt(text);
}

function expectSafe(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new ParameterError(`${value} is no count`);
  return value;
}
