import { basename, dirname } from 'node:path';
import type { DurableFiles } from '../../src/consensus/durable-files.ts';

/** Which operation of a {@link MemoryDisk} fails, and with what code. */
export type DiskFault = (
  operation: 'create' | 'write' | 'datasync' | 'rename' | 'syncDirectory',
  path: string,
) => string | undefined;

/**
 * A disk that forgets at a crash what was not synced: file contents until `datasync`, renames and creations until
 * `syncDirectory`. Creations of synced files are kept, as ext4 does. After a crash old handles fail.
 */
export class MemoryDisk implements DurableFiles {
  fault: DiskFault = () => undefined;
  /** Operations in order, for tests of their order. */
  readonly operations: string[] = [];
  #names = new Map<string, Content>();
  #durableNames = new Map<string, Content>();
  #generation = 0;

  /** Everything not synced is gone, and so is whoever had files open. */
  crash(): void {
    this.#generation++;
    this.#names = new Map(this.#durableNames);
    for (const content of this.#names.values()) content.current = Uint8Array.from(content.synced);
  }

  /** The bytes that a process would read now. */
  bytes(path: string): Uint8Array | undefined {
    return this.#names.get(path)?.current;
  }

  /** Puts bytes there durably, as damage does. */
  put(path: string, bytes: Uint8Array): void {
    const content = { current: Uint8Array.from(bytes), synced: Uint8Array.from(bytes) };
    this.#names.set(path, content);
    this.#durableNames.set(path, content);
  }

  async open(path: string) {
    const refusal = this.#names.has(path) ? undefined : this.fault('create', path);
    if (refusal) throw systemError(refusal, path);
    const content = this.#names.get(path) ?? { current: new Uint8Array(0), synced: new Uint8Array(0) };
    this.#names.set(path, content);
    const generation = this.#generation;
    const act = (operation: 'write' | 'datasync') => {
      if (generation !== this.#generation) throw systemError('EBADF', path);
      this.#act(operation, path);
    };
    return {
      write: async (bytes: Uint8Array, position: number) => {
        act('write');
        const size = Math.max(content.current.length, position + bytes.length);
        const next = new Uint8Array(size);
        next.set(content.current);
        next.set(bytes, position);
        content.current = next;
      },
      truncate: async (sizeBytes: number) => {
        content.current = content.current.slice(0, sizeBytes);
      },
      datasync: async () => {
        act('datasync');
        content.synced = Uint8Array.from(content.current);
        if (!this.#durableNames.has(path) && this.#names.get(path) === content) this.#durableNames.set(path, content);
      },
      close: async () => undefined,
    };
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    const content = this.#names.get(path);
    return content && Uint8Array.from(content.current);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#act('rename', from);
    const content = this.#names.get(from);
    if (!content) throw systemError('ENOENT', from);
    this.#names.delete(from);
    this.#names.set(to, content);
  }

  async copy(from: string, to: string): Promise<void> {
    const content = this.#names.get(from);
    if (!content) throw systemError('ENOENT', from);
    this.put(to, content.current);
  }

  async remove(path: string): Promise<void> {
    this.#names.delete(path);
  }

  async list(directory: string): Promise<string[]> {
    return [...this.#names.keys()].filter((path) => dirname(path) === directory).map((path) => basename(path));
  }

  async syncDirectory(directory: string): Promise<void> {
    this.#act('syncDirectory', directory);
    for (const path of [...this.#durableNames.keys()]) {
      if (dirname(path) === directory && !this.#names.has(path)) this.#durableNames.delete(path);
    }
    for (const [path, content] of this.#names) if (dirname(path) === directory) this.#durableNames.set(path, content);
  }

  #act(operation: 'write' | 'datasync' | 'rename' | 'syncDirectory', path: string): void {
    const code = this.fault(operation, path);
    if (code) throw systemError(code, path);
    this.operations.push(`${operation} ${basename(path)}`);
  }
}

interface Content {
  current: Uint8Array;
  synced: Uint8Array;
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
