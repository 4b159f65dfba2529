import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const ROOM = join(import.meta.dirname, '..', '..');
/**
 * Taken as it was compiled: the engines, which have no part in synchronization and find their files by their own place,
 * and the port between them and the core, so that both know the same classes.
 */
const COMPILED: readonly (readonly [end: string, file: string])[] = [
  ['/named-engine.ts', 'engines/named-engine.js'],
  ['/engine.ts', 'engine.js'],
];

/** The entry of scheduled worker threads, which cannot run TypeScript. */
export interface WorkerBundle {
  readonly entry: URL;
  /** Called once all threads have started. */
  remove(): void;
}

let bundled: Promise<readonly { readonly fileName: string; readonly code: string }[]> | undefined;
let folders = 0;

/** Bundles the entry, once a process, and writes it to a folder of its own. */
export async function bundleWorker(): Promise<WorkerBundle> {
  bundled ??= bundle();
  const chunks = await bundled;
  const folder = join(ROOM, 'build', `schedules-${process.pid}-${folders++}`); // bare imports are resolved from there
  mkdirSync(folder, { recursive: true });
  for (const { fileName, code } of chunks) writeFileSync(join(folder, fileName), code);
  return {
    entry: pathToFileURL(join(folder, ENTRY)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const ENTRY = 'worker.mjs';

async function bundle() {
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
  const { output } = await build.generate({ format: 'esm', entryFileNames: ENTRY, chunkFileNames: '[name].mjs' });
  await build.close();
  return output.flatMap((chunk) => (chunk.type === 'chunk' ? [chunk] : []));
}
