/** What the number of a limit counts; it decides how people write it. */
export type LimitUnit = 'bytes' | 'milliseconds' | 'count' | 'gas';

/** A bound that whoever runs a node may set. */
export interface LimitDefinition {
  /** Its name in flags and files, without its room's: `body`. */
  readonly name: string;
  readonly unit: LimitUnit;
  /** Unless set. Infinity: none. */
  readonly value: number;
  /** The range in which it may be set; whole numbers. With Infinity as `high` it may be set to `none`. */
  readonly low: number;
  readonly high: number;
  /** One sentence without a full stop: what it bounds, and what happens beyond. */
  readonly summary: string;
}

/** The limits of a room by the field that holds each in the code. */
export type LimitTable<K extends string = string> = Readonly<Record<K, LimitDefinition>>;

/** One value for every limit of a table. */
export type LimitsOf<T extends LimitTable> = { readonly [K in keyof T]: number };

/** The limits of `table` as they are unless set. */
export function defaultLimits<T extends LimitTable>(table: T): LimitsOf<T> {
  const entries = Object.entries(table).map(([field, { value }]) => [field, value]);
  return Object.fromEntries(entries) as LimitsOf<T>;
}

/** A definition with the range that fits most: from `low` to ten thousand times the default. */
export function limit(
  name: string,
  unit: LimitUnit,
  value: number,
  summary: string,
  { low = 1, high = 10_000 * value }: { readonly low?: number; readonly high?: number } = {},
): LimitDefinition {
  return { name, unit, value, low, high, summary };
}
