import { faultInvalid } from './fault-errors.ts';

// How the words of a fault are read. Every reader throws HeddleError `FAULT_INVALID` with what could be given instead.

/** The traffic from one validator to another. */
export interface Direction {
  readonly from: number;
  readonly to: number;
}

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000 } as const;
const MAX_DURATION_MS = 3_600_000;

/** A validator's number in a devnet of `count`. */
export function readIndex(text: string, count: number): number {
  const index = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (index < count) return index;
  const which = count === 1 ? 'there is validator 0 alone' : `there are validators 0 to ${count - 1}`;
  throw faultInvalid(`validator ${JSON.stringify(text)}: ${which}`, 'give the number of one of them');
}

/** `200ms`, `1.5s`, `2m`: up to an hour, in milliseconds. */
export function readDuration(text: string): number {
  const [, amount = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m)$/.exec(text) ?? [];
  const ms = amount === '' ? Number.NaN : Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
  if (ms <= MAX_DURATION_MS) return ms;
  throw faultInvalid(`duration ${JSON.stringify(text)}`, 'give a time up to an hour, for example 200ms, 20s or 1.5m');
}

/** `30%`, `0.5%`: as a share from 0 to 1. */
export function readShare(text: string): number {
  const [, percent = ''] = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(text) ?? [];
  const share = percent === '' ? Number.NaN : Number(percent) / 100;
  if (share <= 1) return share;
  throw faultInvalid(`share ${JSON.stringify(text)}`, 'give a percentage from 0% to 100%, for example 30%');
}

/** A whole number from `low` to `high`. */
export function readCount(text: string, { low, high }: { readonly low: number; readonly high: number }): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (count >= low && count <= high) return count;
  throw faultInvalid(`number ${JSON.stringify(text)}`, `give a whole number from ${low} to ${high}`);
}

/** `+5s`, `-200ms`: a clock that is ahead or behind; `+1%`, `-0.5%`: one that is too fast or too slow. */
export function readClock(text: string): { readonly offsetMs: number } | { readonly drift: number } {
  const [, sign = '', amount = ''] = /^([+-]?)([\d.]+(?:ms|s|m|%))$/.exec(text) ?? [];
  if (amount === '') {
    throw faultInvalid(`clock ${JSON.stringify(text)}`, 'give an offset such as +5s or -200ms, or a drift such as +1%');
  }
  const factor = sign === '-' ? -1 : 1;
  if (!amount.endsWith('%')) return { offsetMs: factor * readDuration(amount) };
  const drift = readShare(amount);
  if (drift > 0.5) throw faultInvalid(`clock ${JSON.stringify(text)}`, 'give a drift from -50% to +50%');
  return { drift: factor * drift };
}

/**
 * `0,1/2,3`: who can still reach whom. Validators that are not named form one more group, so `3` sets validator 3
 * apart.
 */
export function readGroups(text: string, count: number): number[][] {
  const groups = text.split('/').map((group) => group.split(',').map((index) => readIndex(index.trim(), count)));
  const named = groups.flat();
  const twice = named.find((index, place) => named.indexOf(index) !== place);
  if (twice !== undefined) {
    throw faultInvalid(`partition ${JSON.stringify(text)}: validator ${twice} is named twice`, 'name each once');
  }
  const rest = Array.from({ length: count }, (_, index) => index).filter((index) => !named.includes(index));
  if (rest.length > 0) groups.push(rest);
  if (groups.length > 1) return groups;
  throw faultInvalid(
    `partition ${JSON.stringify(text)}: all validators are in one group`,
    'give groups with a slash between them, for example 0,1/2,3',
  );
}

/**
 * `0-1`: both directions; `0>1`: one of them; `2`: all links of a validator; `all`: every link. Several with commas.
 */
export function readLinks(text: string, count: number): Direction[] {
  const directions = new Map<string, Direction>();
  for (const part of text.split(',')) {
    for (const one of readLink(part.trim(), count)) directions.set(directionKey(one), one);
  }
  return [...directions.values()];
}

/** A name for a direction, to find it again. */
export function directionKey({ from, to }: Direction): string {
  return `${from}>${to}`;
}

function readLink(text: string, count: number): Direction[] {
  const all = Array.from({ length: count }, (_, index) => index);
  const both = (one: number, other: number) => [
    { from: one, to: other },
    { from: other, to: one },
  ];
  if (text === 'all') return all.flatMap((from) => all.filter((to) => to !== from).map((to) => ({ from, to })));
  const [, first = '', sign = '', second = ''] = /^(\d{1,9})(?:([->])(\d{1,9}))?$/.exec(text) ?? [];
  if (first === '') {
    const expected =
      'give 0-1 (both directions), "0>1" (one), 2 (all links of validator 2) or all; several with commas';
    throw faultInvalid(`link ${JSON.stringify(text)}`, expected);
  }
  const from = readIndex(first, count);
  if (sign === '') return all.filter((to) => to !== from).flatMap((to) => both(from, to));
  const to = readIndex(second, count);
  if (from === to) throw faultInvalid(`link ${JSON.stringify(text)}: both ends are the same`, 'name two validators');
  return sign === '>' ? [{ from, to }] : both(from, to);
}
