/// <reference path="../../src/shared-memory/web-assembly.d.ts" />
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The compiler by a name that is looked up at run time: its types would replace those of `console` everywhere. */
const COMPILER: string = 'assemblyscript/asc';

/** What is used of the compiler. */
interface Compiler {
  main(
    options: readonly string[],
    files: {
      readFile(name: string): string | null;
      writeFile(name: string, contents: Uint8Array | string): void;
      listFiles(): readonly string[];
    },
  ): Promise<{ readonly error: Error | null; readonly stderr: { toString(): string } }>;
}

/** Compiles `entry` with the compiler's `options`; `read` gives each source (undefined: there is none) by its path. */
export async function compileAssembly(
  entry: string,
  options: readonly string[],
  read: (path: string) => string | undefined,
): Promise<Uint8Array> {
  let bytes: Uint8Array | undefined;
  const compiler: Compiler = await import(COMPILER);
  const { error, stderr } = await compiler.main([entry, ...options, '--outFile', 'module.wasm'], {
    readFile: (name) => read(name.replace(/^\.\//, '')) ?? null,
    writeFile: (_, contents) => {
      bytes = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error !== null || bytes === undefined) throw new Error(`${entry} does not compile: ${stderr.toString()}`);
  return bytes;
}

const ASSEMBLY = join(import.meta.dirname, '..', '..', 'assembly');
/** As the modules are built: without a garbage collector, which AssemblyScript calls the stub runtime. */
const PART_OPTIONS = ['--runtime', 'stub', '--importMemory', '--noExportMemory', '--noAssert', '-O3'];

/** A module of the `exports` (AssemblyScript) of sources in `folder` of assembly/, which takes its memory from the test. */
export async function compilePart(
  exports: string,
  folder: string,
  options: readonly string[] = [],
): Promise<WebAssembly.Module> {
  const bytes = await compileAssembly('entry.ts', [...PART_OPTIONS, ...options], (path) =>
    path === 'entry.ts' ? exports : readSource(join(ASSEMBLY, folder), path),
  );
  return WebAssembly.compile(bytes);
}

/** The source `path` below `folder`; undefined: there is none. */
export function readSource(folder: string, path: string): string | undefined {
  try {
    return readFileSync(join(folder, path), 'utf8');
  } catch {
    return undefined;
  }
}
