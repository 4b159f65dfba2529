import { assert, type LimitDefinition, type LimitUnit } from '@heddle/primitives';
import { LIMITS } from './limit-list.ts';

/** Suffixes by what they multiply; the largest that divides a value is how it is shown. */
const SUFFIXES: Readonly<Record<LimitUnit, Readonly<Record<string, number>>>> = {
  bytes: { GiB: 1_024 ** 3, MiB: 1_024 ** 2, KiB: 1_024, GB: 1e9, MB: 1e6, kB: 1e3, B: 1 },
  milliseconds: { h: 3_600_000, min: 60_000, s: 1_000, ms: 1 },
  count: {},
  gas: {},
};
/** No limit at all, where that is allowed. */
const NONE = 'none';

/** The value of limit `name` that `text` spells (`5MiB`, `30s`, `1000`, `none`); undefined: not a value it may have. */
export function readLimit(name: string, text: string): number | undefined {
  const { unit, low, high } = definitionOf(name);
  if (text === NONE) return high === Number.POSITIVE_INFINITY ? high : undefined;
  const [, digits = '', suffix = ''] = /^([0-9]{1,15}) ?([a-zA-Z]*)$/.exec(text.replaceAll('_', '')) ?? [];
  const factor = suffix === '' ? 1 : SUFFIXES[unit][suffix];
  if (digits === '' || factor === undefined) return undefined;
  const value = Number(digits) * factor;
  return value >= low && value <= high ? value : undefined;
}

/** `value` as {@link readLimit} takes it. */
export function limitText({ unit }: Pick<LimitDefinition, 'unit'>, value: number): string {
  if (value === Number.POSITIVE_INFINITY) return NONE;
  const suffix = Object.entries(SUFFIXES[unit]).find(([, factor]) => value >= factor && value % factor === 0);
  return suffix === undefined ? String(value) : `${value / suffix[1]}${suffix[0]}`;
}

/** What limit `name` may be, in words. */
export function limitForm(name: string): string {
  const definition = definitionOf(name);
  const { unit, low, high } = definition;
  const what = { bytes: 'bytes', milliseconds: 'a time', count: 'a whole number', gas: 'gas' }[unit];
  const upper = high === Number.POSITIVE_INFINITY ? `, or ${NONE}` : ` to ${limitText(definition, high)}`;
  return `${what} from ${limitText(definition, low)}${upper}`;
}

function definitionOf(name: string): LimitDefinition {
  const definition = LIMITS.get(name);
  assert(definition !== undefined, `there is no limit ${name}`);
  return definition;
}
