import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileAssembly } from '../support/compile-assembly.ts';
import { FAULT_PATCHES, type Patch } from './faults.ts';

// The core as these tests run it: its own sources, compiled with a host call before each atomic access. Nothing of this
// is in the shipped sources or builds; a patch that no longer fits its source fails the compilation.

const ROOM = join(import.meta.dirname, '..', '..');
const SOURCES = join(ROOM, 'assembly');

/** The compiled core, and what each yield point stands for (`frontier.ts:36 atomic.store(TOKEN, 0)`), by its number. */
export interface ScheduledCore {
  readonly bytes: Uint8Array;
  readonly points: readonly string[];
}

/** Waits are decided by the schedule: a spin before them would only multiply equal schedules. */
const SHORT_SPINS: readonly Patch[] = [
  { file: 'layout.ts', find: 'SPIN_LOADS: u32 = 200;', replacement: 'SPIN_LOADS: u32 = 1;' },
];

/** Stands for `atomic` in the patched sources: asks the host first, whether this worker may go on. */
const STEPWISE = `
@external("env", "yieldAt") declare function yieldAt(point: u32): void;
@external("env", "waitAt") declare function waitAt(point: u32, address: usize, expected: i32): i32;
@external("env", "notifyAt") declare function notifyAt(point: u32, address: usize): i32;
export namespace stepwise {
  @inline export function load<T>(point: u32, at: usize, offset: usize = 0): T {
    yieldAt(point);
    return atomic.load<T>(at + offset);
  }
  @inline export function store<T>(point: u32, at: usize, value: T, offset: usize = 0): void {
    yieldAt(point);
    atomic.store<T>(at + offset, value);
  }
  @inline export function add<T>(point: u32, at: usize, value: T, offset: usize = 0): T {
    yieldAt(point);
    return atomic.add<T>(at + offset, value);
  }
  @inline export function sub<T>(point: u32, at: usize, value: T, offset: usize = 0): T {
    yieldAt(point);
    return atomic.sub<T>(at + offset, value);
  }
  @inline export function xchg<T>(point: u32, at: usize, value: T, offset: usize = 0): T {
    yieldAt(point);
    return atomic.xchg<T>(at + offset, value);
  }
  @inline export function cmpxchg<T>(point: u32, at: usize, expected: T, value: T, offset: usize = 0): T {
    yieldAt(point);
    return atomic.cmpxchg<T>(at + offset, expected, value);
  }
  @inline export function wait<T>(point: u32, at: usize, expected: T, timeout: i64): i32 {
    return waitAt(point, at, expected);
  }
  @inline export function notify(point: u32, at: usize, count: i32): i32 {
    return notifyAt(point, at);
  }
}
`;

let compiled: Promise<ScheduledCore> | undefined;

/** The core for schedules, compiled once a process; about two seconds. */
export function compileScheduledCore(): Promise<ScheduledCore> {
  compiled ??= compile();
  return compiled;
}

function compile(): Promise<ScheduledCore> {
  const points: string[] = [];
  const files = sourcesIn('.');
  for (const [file, source] of files)
    files.set(file, patched(file, source, [...SHORT_SPINS, ...FAULT_PATCHES], points));
  return build({ entry: 'index.ts', config: 'asconfig.json', files, points });
}

/** The tries' module whose workers' tasks are stepwise, with `patches`. */
export function compileStepwiseTasks(patches: readonly Patch[]): Promise<ScheduledCore> {
  const points: string[] = [];
  const files = new Map([...sourcesIn('.'), ...sourcesIn('trie')]);
  const tasks = 'trie/tasks.ts';
  files.set(tasks, patched(tasks, files.get(tasks) ?? '', patches, points));
  return build({ entry: 'trie/index.ts', config: 'asconfig.trie.json', files, points });
}

function sourcesIn(folder: string): Map<string, string> {
  const names = readdirSync(join(SOURCES, folder)).filter((name) => name.endsWith('.ts'));
  return new Map(names.map((name) => [join(folder, name), readFileSync(join(SOURCES, folder, name), 'utf8')]));
}

interface Build {
  readonly entry: string;
  readonly config: string;
  /** By path below the sources. */
  readonly files: ReadonlyMap<string, string>;
  readonly points: readonly string[];
}

async function build({ entry, config, files: sources, points }: Build): Promise<ScheduledCore> {
  const files = new Map([['assembly/stepwise.ts', STEPWISE]]);
  for (const [file, source] of sources) files.set(`assembly/${file}`, source);
  const { options } = JSON.parse(readFileSync(join(ROOM, config), 'utf8'));
  files.set('asconfig.json', JSON.stringify({ options: { ...options, optimizeLevel: 1 } }));
  const bytes = await compileAssembly(
    `assembly/${entry}`,
    ['--config', 'asconfig.json', '--use', 'HEDDLE_DEBUG=1'],
    (path) => files.get(path),
  );
  return { bytes, points };
}

function patched(file: string, source: string, patches: readonly Patch[], points: string[]): string {
  let text = source;
  for (const patch of patches) if (patch.file === file) text = apply(patch, text);
  const lines = text.split('\n').map((line, index) => {
    if (/^\s*(\/\/|\*|\/\*\*)/.test(line) || line.includes('check(')) return line; // an assertion is no step
    return line.replace(/atomic\.(\w+)(<\w+>)?\(/g, (_, operation, type = '') => {
      points.push(`${file}:${index + 1} ${line.trim()}`);
      return `stepwise.${operation}${type}(${points.length - 1}, `;
    });
  });
  const isStepwise = lines.some((line) => line.includes('stepwise.'));
  const stepwise = `${'../'.repeat(file.split('/').length - 1) || './'}stepwise`;
  return isStepwise ? `${lines.join('\n')}\nimport { stepwise } from "${stepwise}";\n` : text;
}

function apply({ file, find, replacement }: Patch, text: string): string {
  if (text.split(find).length !== 2) throw new Error(`${file} does not hold once what a test patches: ${find}`);
  return text.replace(find, () => replacement);
}
