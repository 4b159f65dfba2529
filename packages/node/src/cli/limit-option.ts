import { type Command, InvalidArgumentError, Option } from 'commander';
import { LIMITS } from '../limits/limit-list.ts';
import { limitForm, readLimit } from '../limits/limit-text.ts';
import type { LimitTexts } from '../limits/node-limits.ts';

/** Adds `--limit name=value`, which may be given many times. */
export function addLimitOption(command: Command): Command {
  const description = 'change a limit, such as rpc.body=8MiB; repeat for more (all of them: heddle limits)';
  return command.addOption(new Option('--limit <name=value>', description).argParser(collectLimit));
}

function collectLimit(text: string, before: LimitTexts | undefined): LimitTexts {
  const [, name = '', value = ''] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (name === '') throw new InvalidArgumentError('Give name=value, for example rpc.body=8MiB.');
  if (!LIMITS.has(name)) throw new InvalidArgumentError(`There is no limit ${name}${suggestion(name)}.`);
  if (readLimit(name, value) === undefined) throw new InvalidArgumentError(`${name} takes ${limitForm(name)}.`);
  return { ...before, [name]: value };
}

/** The limits whose names share most with `name`. */
function suggestion(name: string): string {
  const last = name.slice(name.lastIndexOf('.') + 1);
  const similar = [...LIMITS.keys()].filter((known) => distance(known, name) <= 2 || known.endsWith(`.${last}`));
  return similar.length > 0 ? ` (did you mean ${similar.slice(0, 3).join(' or ')}?)` : ' (heddle limits lists all)';
}

/** Levenshtein distance. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [line, letter] of [...one].entries()) {
    const next = [line + 1];
    for (let index = 0; index < other.length; index++) {
      const replaced = (row[index] as number) + (letter === other[index] ? 0 : 1);
      next.push(Math.min(replaced, (row[index + 1] as number) + 1, (next[index] as number) + 1));
    }
    row = next;
  }
  return row[other.length] as number;
}
