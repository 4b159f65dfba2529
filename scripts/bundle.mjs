#!/usr/bin/env node
// Bundles the compiled files in which a package gathers what it uses of large libraries, in place: Node takes half a
// second to find and load libp2p's 1,500 modules, a tenth of a second for the same code in one file, and a devnet
// starts four nodes of five threads each. Everything works without this step, only slower to start.
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
/** Compiled files that only re-export from libraries. */
const LIBRARIES = [
  'packages/primitives/dist/hash-wasm.js',
  'packages/p2p/dist/libp2p.js',
  'packages/executor/dist/engines/ethereumjs/ethereumjs.js',
  'packages/rpc/dist/fastify.js',
];
/** Those whose library comes as an ES module too (`module` in its package.json): what is not used of it is left out. */
const SHAKEN = new Set([join('packages/primitives/dist/hash-wasm.js')]);
/** The first line of a bundled file; the compiler's own output has none such. */
const MARK = '// bundled from installed packages by scripts/bundle.mjs';
/** The bundler's comment before a module, up to the package's folder. */
const MODULE = /^\/\/(?:#region)? .*?(node_modules\/\.pnpm\/[^/]+\/node_modules\/(?:@[^/]+\/)?[^/]+)\//gm;

/** Bundles what is not bundled yet; the files that it wrote. */
export async function bundleLibraries() {
  const pending = LIBRARIES.map((file) => join(ROOT, file)).filter((file) => existsSync(file) && !isBundled(file));
  if (pending.length === 0) return [];
  const { rolldown } = await import('rolldown');
  for (const file of pending) {
    const resolve = SHAKEN.has(relative(ROOT, file)) ? { mainFields: ['module', 'main'] } : {};
    const bundle = await rolldown({ input: file, platform: 'node', external: [/^node:/], resolve, logLevel: 'silent' });
    await bundle.write({ file, format: 'esm', banner: MARK, codeSplitting: false });
    await bundle.close();
  }
  return pending;
}

/** Whether a compiled file has been bundled. */
export function isBundled(file) {
  return readFileSync(file, 'utf8').startsWith(MARK);
}

/** The folders of the installed packages whose code is in a bundled file: the bundler names each module's. */
export function bundledPackages(file) {
  const modules = readFileSync(file, 'utf8').matchAll(MODULE);
  const folders = [...new Set([...modules].map(([, folder]) => join(ROOT, folder)))];
  if (folders.length === 0) throw new Error(`${file} does not tell whose code is in it`);
  return folders;
}

if (process.argv[1] === import.meta.filename) await bundleLibraries();
