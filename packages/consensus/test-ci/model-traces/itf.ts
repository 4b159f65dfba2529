import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A trace of the Informal Trace Format: `states[0]` is the beginning, each further one a step. The format's encodings
 * are gone: `#bigint` is a number, `#set` and `#tup` are arrays, `#map` is a Map. Sum types stay `{ tag, value }`.
 */
export interface Trace<State> {
  /** `random/net4f1_0`. */
  readonly name: string;
  readonly states: readonly State[];
}

/** The names of all traces under `folder`, sorted: path without `.itf.json`. */
export function traceNames(folder: string): string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return paths
    .filter((path) => path.endsWith('.itf.json'))
    .map((path) => path.slice(0, -'.itf.json'.length).replaceAll('\\', '/'))
    .sort();
}

/** One trace, believed to hold states of the given shape (model.ts). */
export function readTrace<State>(folder: string, name: string): Trace<State> {
  const text = readFileSync(join(folder, `${name}.itf.json`), 'utf8');
  const { states } = JSON.parse(text, (_, value) => decoded(value)) as { states: readonly State[] };
  return { name, states };
}

function decoded(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('#bigint' in value) return Number(value['#bigint']);
  if ('#set' in value) return value['#set'];
  if ('#tup' in value) return value['#tup'];
  if ('#map' in value) return new Map(value['#map'] as [unknown, unknown][]);
  return value;
}
