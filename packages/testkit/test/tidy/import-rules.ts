import { posix } from 'node:path';
import { importCycles, importedPath, importGraph, reachable, startedPaths } from './import-graph.ts';
import { type Finding, findingAt, placeOf, type Rule, sourcesOf } from './rule.ts';
import type { SourceFile } from './source-file.ts';

/** primitives <- {consensus, executor, p2p, rpc, load, testkit} <- node (DESIGN 2). */
const ROOMS_BELOW: Readonly<Record<string, readonly string[]>> = {
  primitives: [],
  consensus: ['primitives'],
  executor: ['primitives'],
  p2p: ['primitives'],
  rpc: ['primitives'],
  load: ['primitives'],
  testkit: ['primitives'],
  node: ['primitives', 'consensus', 'executor', 'p2p', 'rpc', 'load'],
};

/** Rooms form a star: siblings never import each other; tests may use testkit, and node's tests every room. */
export const importStar: Rule = ({ files }) =>
  files.flatMap((file) => {
    const { room, part } = placeOf(file.path);
    const below = ROOMS_BELOW[room] ?? [];
    const forTests = room === 'node' ? ['node', 'testkit'] : [room, 'testkit'];
    const allowed = part === 'src' ? below : [...below, ...forTests];
    return file.imports.flatMap(({ specifier, start }) => {
      const [, target] = /^@heddle\/([^/]+)/.exec(specifier) ?? [];
      if (target === undefined || allowed.includes(target)) return [];
      const message = `${room} must not import ${specifier}: declare a port in its own words, node supplies it`;
      return [findingAt('import-star', file, start, message)];
    });
  });

/** Relative imports stay in their package, name the file with `.ts`, and never the package's own index. */
export const relativeImports: Rule = ({ files }) =>
  files.flatMap((file) => file.imports.flatMap((one) => relativeImportFaults(file, one)));

function relativeImportFaults(file: SourceFile, { specifier, start }: SourceFile['imports'][number]): Finding[] {
  const target = importedPath(file, specifier);
  if (target === undefined) return [];
  const { room, part } = placeOf(file.path);
  const findings: Finding[] = [];
  const add = (message: string) => findings.push(findingAt('relative-imports', file, start, message));
  if (!/\.(ts|js|mjs|json)$/.test(specifier)) add(`${specifier}: name the file, with .ts`);
  if (part === 'src' && specifier.endsWith('.js')) add(`${specifier}: name the source, with .ts`);
  if (part === 'src' && !target.startsWith(`packages/${room}/`)) add(`${specifier}: import @heddle/… instead`);
  if (part === 'src' && posix.basename(target) === 'index.ts') add(`${specifier}: import the file that has it`);
  return findings;
}

/** No circles between the files of a package. */
export const noCycles: Rule = (tree) => {
  const sources = sourcesOf(tree);
  return importCycles(importGraph(sources)).map((cycle) => {
    const [first = ''] = cycle.sort();
    return { rule: 'no-cycles', path: first, line: 1, message: `files in a circle: ${cycle.join(', ')}` };
  });
};

/**
 * Every file is reached: sources from the package's index, its bin script, or a program that a reached file starts;
 * what lies beside tests from a test.
 */
export const noDeadFiles: Rule = (tree) => {
  const graph = importGraph(tree.files);
  for (const file of tree.files) graph.get(file.path)?.push(...startedPaths(file));
  const roots = tree.files.map(({ path }) => path).filter((path) => isRoot(path, tree.otherTexts));
  const alive = reachable(graph, roots);
  return tree.files
    .filter(({ path }) => !alive.has(path) && !path.endsWith('.d.ts'))
    .map(({ path }) => {
      const what = placeOf(path).part === 'src' ? 'the index, a bin script or a started program' : 'a test';
      return { rule: 'no-dead-files', path, line: 1, message: `nothing reaches it from ${what}: use or remove it` };
    });
};

/** A table made from the code loads these by name: one test per RPC method. */
const LOADED_BY_NAME = /^packages\/rpc\/test\/methods\//;

function isRoot(path: string, otherTexts: ReadonlyMap<string, string>): boolean {
  const { room, part } = placeOf(path);
  if (LOADED_BY_NAME.test(path)) return true;
  if (part !== 'src') return /\.(test|bench)\.ts$/.test(path) || isNamed(posix.basename(path), room, otherTexts);
  if (path === `packages/${room}/src/index.ts`) return true;
  const built = path.replace(`packages/${room}/src/`, 'dist/').replace(/\.ts$/, '.js');
  return isNamed(built, room, otherTexts);
}

/** Whether another file of the package (bin script, manifest, fixture) or a script at the root names `text`. */
function isNamed(text: string, room: string, otherTexts: ReadonlyMap<string, string>): boolean {
  return [...otherTexts].some(([path, content]) => {
    const isNear = path.startsWith(`packages/${room}/`) || !path.startsWith('packages/');
    return isNear && content.includes(text);
  });
}
