import type { BatchOperation, KeyValueSource } from '@heddle/executor';
import { decodeNumber, ERA_KEY, encodeNumbers } from './chain-keys.ts';

/**
 * An era of the chain: a rewind begins a new one. Its number is in everything that consensus signs, so that what was
 * signed at heights that come again is of no use.
 */
export interface Era {
  readonly number: number;
  /** Blocks below were decided in earlier eras. */
  readonly firstHeight: number;
}

/** Of a chain that was never rewound. */
export const FIRST_ERA: Era = { number: 0, firstHeight: 1 };

/** The era that `source` is in. */
export function readEra(source: KeyValueSource): Era {
  const record = source.getSync(ERA_KEY);
  return record ? { number: decodeNumber(record, 0), firstHeight: decodeNumber(record, 1) } : FIRST_ERA;
}

/** The operation that stores it. */
export function eraOperation({ number, firstHeight }: Era): BatchOperation {
  return { type: 'put', key: ERA_KEY, value: encodeNumbers(number, firstHeight) };
}
