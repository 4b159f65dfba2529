import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const ROOM = join(import.meta.dirname, '..', '..');
/** Compiled and bundled already (scripts/bundle.mjs): several hundred modules in one file. */
const ETHEREUMJS = pathToFileURL(join(ROOM, 'dist', 'engines', 'ethereumjs', 'ethereumjs.js')).href;

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
        name: 'bundled ethereumjs',
        resolveId: (source) => (source === './ethereumjs.ts' ? { id: ETHEREUMJS, external: true } : undefined),
      },
    ],
  });
  const folder = join(ROOM, 'build', `schedules-${process.pid}`); // bare imports are resolved from there
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await build.write({ dir: folder, format: 'esm', entryFileNames: 'worker.mjs', chunkFileNames: '[name].mjs' });
  await build.close();
  return pathToFileURL(join(folder, 'worker.mjs'));
}
