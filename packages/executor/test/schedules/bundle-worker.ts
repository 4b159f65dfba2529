import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const ROOM = join(import.meta.dirname, '..', '..');
/**
 * Taken as it was compiled: the engine, which has no part in synchronization and finds its files by its own place, and the
 * port between it and the core, so that both know the same classes.
 */
const COMPILED: readonly (readonly [end: string, file: string])[] = [
  ['/create-engine.ts', 'engines/ethereumjs/create-engine.js'],
  ['/engine.ts', 'engine.js'],
];

let bundled: Promise<URL> | undefined;

/** The URL of the entry of scheduled worker threads, which cannot run TypeScript: bundled once a process. */
export function bundleWorker(): Promise<URL> {
  bundled ??= bundle();
  return bundled;
}

async function bundle(): Promise<URL> {
  const build = await rolldown({
    input: join(import.meta.dirname, 'scheduled-worker.ts'),
    platform: 'node',
    logLevel: 'silent',
    external: (id) => !id.startsWith('.') && !id.startsWith('/'),
    plugins: [
      {
        name: 'compiled engine',
        resolveId(source) {
          const [, file] = COMPILED.find(([end]) => source.startsWith('.') && source.endsWith(end)) ?? [];
          return file && { id: pathToFileURL(join(ROOM, 'dist', file)).href, external: true };
        },
      },
    ],
  });
  const folder = join(ROOM, 'build', `schedules-${process.pid}`); // bare imports are resolved from there
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await build.write({ dir: folder, format: 'esm', entryFileNames: 'worker.mjs', chunkFileNames: '[name].mjs' });
  await build.close();
  return pathToFileURL(join(folder, 'worker.mjs'));
}
