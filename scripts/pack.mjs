#!/usr/bin/env node
// Makes heddle-VERSION.tgz: all that runs, for a machine with Node and npm alone. Our packages travel inside it as bundled
// dependencies, as they are compiled here; what they still import becomes a dependency at the exact version that is
// tested here, found by reading the files that go in. `--out FOLDER` puts it elsewhere than in the current folder.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { parseSync } from 'oxc-parser';
import { bundledPackages, bundleLibraries, isBundled } from './bundle.mjs';
import { thirdPartyLicences } from './third-party-licences.mjs';

const ROOT = join(import.meta.dirname, '..');
const SCOPE = '@heddle/';
/** The package with the command; the others are those that it needs. */
const FIRST = 'node';
const DOCUMENTS = ['LICENSE', 'README.md', 'CHANGELOG.md', 'docs'];
/** Packages whose code is inside our WebAssembly modules and contracts. */
const COMPILED_IN = [
  { from: 'executor', name: 'assemblyscript' },
  { from: 'node', name: '@openzeppelin/contracts' },
];

await main(process.argv.slice(2));

async function main(args) {
  const out = resolve(args[0] === '--out' && args[1] ? args[1] : '.');
  const stage = mkdtempSync(join(tmpdir(), 'heddle-pack-'));
  try {
    await bundleLibraries(); // or libp2p would be installed a second time, as a dependency
    const rooms = roomsOf(FIRST);
    const files = rooms.flatMap((room) => copyRoom(room, join(stage, 'node_modules', SCOPE, room.name)));
    const dependencies = dependenciesOf(files, rooms);
    writeManifest(stage, rooms, dependencies);
    for (const part of DOCUMENTS) cpSync(join(ROOT, part), join(stage, part), { recursive: true });
    writeFileSync(join(stage, 'THIRD-PARTY-LICENSES'), thirdPartyLicences(bundledFolders(files)));
    console.log(packed(stage, out, Object.keys(dependencies).length));
  } catch (error) {
    console.error(`heddle: no tarball: ${error.message}`);
    process.exitCode = 1;
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** Our packages that `name` needs to run, itself first. */
function roomsOf(name, found = []) {
  if (found.some((room) => room.name === name)) return found;
  const folder = join(ROOT, 'packages', name);
  const manifest = readJson(join(folder, 'package.json'));
  found.push({ name, folder, manifest });
  for (const dependency of Object.keys(manifest.dependencies ?? {})) {
    if (dependency.startsWith(SCOPE)) roomsOf(dependency.slice(SCOPE.length), found);
  }
  return found;
}

/** Copies what runs: no types, no source maps, no debug builds. Gives the JavaScript files, with their room. */
function copyRoom(room, target) {
  const { version, engines } = readJson(join(ROOT, 'package.json'));
  const { name, type, license, exports, bin } = room.manifest;
  const built = ['dist', 'build', 'bin'].flatMap((part) => filesBelow(join(room.folder, part)));
  const copied = built.filter((path) => isShipped(path, room.folder));
  if (copied.length === 0) throw new Error(`packages/${room.name} is not built; run npm run build`);
  for (const path of copied) {
    const copy = join(target, relative(room.folder, path));
    mkdirSync(dirname(copy), { recursive: true });
    cpSync(path, copy);
  }
  // Dependencies stand in the outer manifest alone, or npm would install them a second time inside.
  writeJson(join(target, 'package.json'), { name, version, type, license, engines, exports, bin });
  return copied.filter((path) => path.endsWith('.js')).map((path) => ({ path, room }));
}

/** The compiler leaves the output of sources that are gone: a file of `dist` counts while its source is there. */
function isShipped(path, folder) {
  if (path.endsWith('.wasm')) return !path.endsWith('.debug.wasm');
  const [part, ...inside] = relative(folder, path).split(sep);
  if (!path.endsWith('.js')) return false;
  return part !== 'dist' || existsSync(join(folder, 'src', ...inside).replace(/\.js$/, '.ts'));
}

/** What the files import and is neither ours nor Node's nor inside a bundle, by name, with the exact version. */
function dependenciesOf(files, rooms) {
  const found = new Map();
  for (const { path, room } of files) {
    for (const specifier of importsOf(path)) {
      if (specifier.startsWith('.') || specifier.startsWith('/') || isBuiltin(specifier)) continue;
      const name = packageOf(specifier);
      if (rooms.some(({ manifest }) => manifest.name === name)) continue;
      const version = room.manifest.dependencies?.[name];
      if (!/^\d+\.\d+\.\d+$/.test(version ?? '')) {
        throw new Error(`${relative(ROOT, path)} imports ${name}, whose version is ${version}; give an exact one`);
      }
      found.set(name, version);
    }
  }
  return Object.fromEntries([...found].sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** Static and dynamic imports, and what our own files require (native modules). */
function importsOf(path) {
  const text = readFileSync(path, 'utf8');
  const { module } = parseSync(path, text);
  const statics = [...module.staticImports.map(({ moduleRequest }) => moduleRequest.value)];
  const exported = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest }) => (moduleRequest ? [moduleRequest.value] : [])),
  );
  const dynamic = module.dynamicImports.flatMap(({ moduleRequest }) => {
    const literal = /^['"]([^'"]+)['"]$/.exec(text.slice(moduleRequest.start, moduleRequest.end));
    return literal ? [literal[1]] : [];
  });
  // In a bundle what is still required is Node's, or optional and not used by us (ws: bufferutil).
  const required = isBundled(path) ? [] : [...text.matchAll(/\brequire\('([^']+)'\)/g)].map(([, name]) => name);
  return [...statics, ...exported, ...dynamic, ...required];
}

function packageOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function bundledFolders(files) {
  const bundled = files.filter(({ path }) => isBundled(path)).flatMap(({ path }) => bundledPackages(path));
  const compiled = COMPILED_IN.map(({ from, name }) => join(ROOT, 'packages', from, 'node_modules', name));
  return [...new Set([...bundled, ...compiled])];
}

function writeManifest(stage, rooms, dependencies) {
  const { name, version, license, description, engines } = readJson(join(ROOT, 'package.json'));
  writeJson(join(stage, 'package.json'), {
    name,
    version,
    type: 'module',
    license,
    description,
    engines,
    bin: { heddle: `node_modules/${SCOPE}${FIRST}/bin/heddle.js` },
    dependencies: { ...Object.fromEntries(rooms.map((room) => [room.manifest.name, version])), ...dependencies },
    bundleDependencies: rooms.map((room) => room.manifest.name),
  });
}

/** Lets npm write the archive; one line about it. */
function packed(stage, out, count) {
  mkdirSync(out, { recursive: true });
  const args = ['pack', '--json', '--silent', '--ignore-scripts', '--pack-destination', out];
  const shell = process.platform === 'win32';
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: stage, encoding: 'utf8', shell });
  if (status !== 0) throw new Error(`npm pack failed: ${stderr.trim()}`);
  const report = JSON.parse(stdout);
  const { filename } = Array.isArray(report) ? report[0] : Object.values(report)[0];
  const megabytes = (statSync(join(out, filename)).size / 1e6).toFixed(1);
  return `${join(relative(process.cwd(), out), filename)} (${megabytes} MB, ${count} dependencies); try: npx ./${filename} devnet`;
}

function filesBelow(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  } catch {
    return []; // not every package has each part
  }
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function writeJson(path, value) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
