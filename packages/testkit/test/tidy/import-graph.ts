import { posix } from 'node:path';
import type { SourceFile } from './source-file.ts';

/** The path that a relative import of `file` names, TypeScript for what is compiled; undefined for packages. */
export function importedPath(file: SourceFile, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return posix.join(posix.dirname(file.path), specifier);
}

/**
 * The sources that `file` may start as programs: from a URL (./x.js or ../dist/x.js there is ./x.ts here), or by the
 * name of a file beside it (`startThread('pool-thread')`).
 */
export function startedPaths(file: SourceFile): string[] {
  const folder = posix.dirname(file.path);
  const fromUrls = file.urls.map((url) => posix.join(folder, url).replace('/dist/', '/src/').replace(/\.js$/, '.ts'));
  const literals = file.all('Literal').map(({ value }) => value);
  const names = literals.filter((value) => typeof value === 'string' && /^[a-z0-9]+(-[a-z0-9]+)+$/.test(value));
  return [...fromUrls, ...names.map((name) => posix.join(folder, `${name}.ts`))];
}

/** What each file imports relatively, among the given files. */
export function importGraph(files: readonly SourceFile[]): Map<string, string[]> {
  const known = new Set(files.map(({ path }) => path));
  return new Map(
    files.map((file) => {
      const targets = file.imports.map(({ specifier }) => importedPath(file, specifier));
      return [file.path, targets.filter((target) => target !== undefined && known.has(target)) as string[]];
    }),
  );
}

/** Groups of files that import each other in a circle (strongly connected components, Tarjan 1972). */
export function importCycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const indexOf = new Map<string, number>();
  const lowOf = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];
  const visit = (node: string): void => {
    indexOf.set(node, indexOf.size);
    lowOf.set(node, indexOf.size - 1);
    stack.push(node);
    for (const target of graph.get(node) ?? []) {
      if (!indexOf.has(target)) visit(target);
      if (stack.includes(target)) lowOf.set(node, Math.min(lowOf.get(node) ?? 0, lowOf.get(target) ?? 0));
    }
    if (lowOf.get(node) !== indexOf.get(node)) return;
    const group = stack.splice(stack.indexOf(node));
    if (group.length > 1 || graph.get(node)?.includes(node)) cycles.push(group);
  };
  for (const node of graph.keys()) if (!indexOf.has(node)) visit(node);
  return cycles;
}

/** Every file that can be reached from `roots`. */
export function reachable(graph: ReadonlyMap<string, readonly string[]>, roots: readonly string[]): Set<string> {
  const found = new Set<string>();
  const waiting = [...roots];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    waiting.push(...(graph.get(path) ?? []));
  }
  return found;
}
