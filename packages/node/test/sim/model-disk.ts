import { basename } from 'node:path';
import type { Random } from '@heddle/testkit';
import type { DurableFile, DurableFiles } from '../../src/consensus/durable-files.ts';
import { type Life, never } from './life.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What a disk does at a crash to writes that were not synced. */
export type CrashMode =
  /** The process died, the machine went on: every write is there. */
  | 'kept'
  | 'lost'
  /** The first ones are there, the next in part. */
  | 'torn'
  /** Any sectors of any of them, in no order. To a log this looks like damage in its middle. */
  | 'scrambled';

type Change =
  | { readonly type: 'write'; readonly bytes: Uint8Array; readonly position: number }
  | { readonly type: 'truncate'; readonly sizeBytes: number };
type NameChange =
  | { readonly type: 'create'; readonly path: string; readonly content: Content }
  | { readonly type: 'rename'; readonly from: string; readonly to: string }
  | { readonly type: 'remove'; readonly path: string };

const SECTOR_BYTES = 64;

/**
 * One machine's disk. What a file holds after a power cut is what was synced, and of later changes whatever the crash
 * mode leaves; new names and renames last once their folder was synced, before that the first ones of them.
 */
export class ModelDisk {
  /** What a sync takes at least and at most, milliseconds. */
  syncMs: readonly [number, number];
  isFull = false;
  /** The next sync fails, and what it was to sync is in doubt. */
  isNextSyncBroken = false;
  readonly #time: VirtualTime;
  readonly #random: Random;
  #names = new Map<string, Content>();
  #syncedNames = new Map<string, Content>();
  #nameChanges: NameChange[] = [];

  constructor(time: VirtualTime, random: Random, syncMs: readonly [number, number] = [0, 2]) {
    this.syncMs = syncMs;
    this.#time = time;
    this.#random = random;
  }

  /** Puts a synced file there. */
  put(path: string, bytes: Uint8Array): void {
    const content = new Content();
    content.change({ type: 'write', bytes, position: 0 });
    content.sync(1);
    this.#names.set(path, content);
    this.#syncedNames.set(path, content);
  }

  /** What a power cut now would leave of the file for certain; a view. */
  synced(path: string): Uint8Array {
    return this.#syncedNames.get(path)?.synced.view() ?? new Uint8Array(0);
  }

  /** What a process would read now; a view. */
  bytes(path: string): Uint8Array | undefined {
    return this.#names.get(path)?.current.view();
  }

  /** Flips one bit of what is on the disk. */
  damage(path: string, offset: number): void {
    this.#names.get(path)?.flip(offset);
  }

  /** The process or machine stops; what is left is what the next process finds, and lasts. */
  crash(mode: CrashMode): void {
    const kept = mode === 'kept' ? this.#nameChanges.length : this.#random.int(0, this.#nameChanges.length);
    for (const change of this.#nameChanges.slice(0, kept)) applyName(this.#syncedNames, change);
    this.#nameChanges = [];
    this.#names = new Map(this.#syncedNames);
    for (const content of new Set(this.#names.values())) content.crash(mode, this.#random);
  }

  /** The disk as one process uses it. */
  portOf(life: Life): DurableFiles {
    return {
      open: async (path) => this.#fileOf(life, path),
      read: async (path) => {
        const content = this.#names.get(path);
        return content && Uint8Array.from(content.current.view());
      },
      rename: (from, to) => this.#act(life, 'rename', () => this.#change({ type: 'rename', from, to })),
      remove: (path) => this.#act(life, 'remove', () => this.#change({ type: 'remove', path })),
      copy: (from, to) =>
        this.#act(life, 'write', () => this.put(to, Uint8Array.from(this.#existing(from).current.view()))),
      list: async () => [...this.#names.keys()].map((path) => basename(path)),
      syncDirectory: async () => {
        if (!life.passes('before syncDirectory')) return never();
        const count = this.#nameChanges.length;
        await this.#wait(life);
        for (const change of this.#nameChanges.splice(0, count)) applyName(this.#syncedNames, change);
        return life.passes('after syncDirectory') ? undefined : never();
      },
    };
  }

  #fileOf(life: Life, path: string): DurableFile {
    let content = this.#names.get(path);
    if (!content) {
      if (this.isFull) throw systemError('ENOSPC', path);
      content = new Content();
      this.#change({ type: 'create', path, content });
    }
    const file = content;
    return {
      write: (bytes, position) =>
        this.#act(life, 'write', () => {
          if (this.isFull) throw systemError('ENOSPC', path);
          file.change({ type: 'write', bytes: Buffer.from(bytes), position });
        }),
      truncate: (sizeBytes) => this.#act(life, 'truncate', () => file.change({ type: 'truncate', sizeBytes })),
      datasync: async () => {
        if (!life.passes('before datasync')) return never();
        const count = file.unsyncedCount;
        await this.#wait(life);
        if (this.isNextSyncBroken) {
          this.isNextSyncBroken = false;
          throw systemError('EIO', path);
        }
        file.sync(count);
        return life.passes('after datasync') ? undefined : never();
      },
      close: async () => undefined,
    };
  }

  async #act(life: Life, effect: 'write' | 'truncate' | 'rename' | 'remove', work: () => void): Promise<void> {
    if (!life.passes(`before ${effect}`)) return never();
    work();
    return life.passes(`after ${effect}`) ? undefined : never();
  }

  #wait(life: Life): Promise<void> {
    const [leastMs, mostMs] = this.syncMs;
    if (mostMs === 0) return Promise.resolve();
    return life.wait(this.#time, leastMs + (mostMs - leastMs) * (this.#random.int(0, 1_000) / 1_000));
  }

  #change(change: NameChange): void {
    if (change.type === 'rename') this.#existing(change.from);
    applyName(this.#names, change);
    this.#nameChanges.push(change);
  }

  #existing(path: string): Content {
    const content = this.#names.get(path);
    if (!content) throw systemError('ENOENT', path);
    return content;
  }
}

class Content {
  readonly current = new GrowingBytes();
  readonly synced = new GrowingBytes();
  #unsynced: Change[] = [];

  get unsyncedCount(): number {
    return this.#unsynced.length;
  }

  change(change: Change): void {
    applyTo(this.current, change);
    this.#unsynced.push(change);
  }

  /** The first `count` changes since the last sync last. */
  sync(count: number): void {
    for (const change of this.#unsynced.splice(0, count)) applyTo(this.synced, change);
  }

  flip(offset: number): void {
    for (const bytes of [this.current, this.synced]) bytes.flip(offset);
  }

  crash(mode: CrashMode, random: Random): void {
    const whole = mode === 'kept' ? this.#unsynced.length : mode === 'torn' ? random.int(0, this.#unsynced.length) : 0;
    const rest = this.#unsynced.slice(whole);
    this.sync(whole);
    if (mode === 'torn') this.#tear(rest[0], random);
    if (mode === 'scrambled') for (const change of rest) this.#scramble(change, random);
    this.#unsynced = [];
    this.current.take(this.synced);
  }

  #tear(change: Change | undefined, random: Random): void {
    if (change?.type !== 'write') return;
    const bytes = change.bytes.subarray(0, random.int(0, change.bytes.length));
    applyTo(this.synced, { ...change, bytes });
  }

  #scramble(change: Change, random: Random): void {
    if (change.type === 'truncate') {
      if (random.chance(0.5)) applyTo(this.synced, change);
      return;
    }
    for (let start = 0; start < change.bytes.length; start += SECTOR_BYTES) {
      const bytes = change.bytes.subarray(start, start + SECTOR_BYTES);
      if (random.chance(0.5)) applyTo(this.synced, { type: 'write', bytes, position: change.position + start });
    }
  }
}

const EMPTY = new Uint8Array(0);

/** Bytes that grow at their end without being copied each time. */
class GrowingBytes {
  #buffer: Uint8Array = EMPTY;
  #sizeBytes = 0;

  view(): Uint8Array {
    return this.#buffer.subarray(0, this.#sizeBytes);
  }

  write(bytes: Uint8Array, position: number): void {
    const endBytes = position + bytes.length;
    if (endBytes > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(endBytes, this.#buffer.length * 2)); // of a pool, so not zeroed
      larger.set(this.view());
      this.#buffer = larger;
    }
    if (position > this.#sizeBytes) this.#buffer.fill(0, this.#sizeBytes, position);
    this.#buffer.set(bytes, position);
    this.#sizeBytes = Math.max(this.#sizeBytes, endBytes);
  }

  truncate(sizeBytes: number): void {
    if (sizeBytes > this.#sizeBytes) this.write(new Uint8Array(sizeBytes - this.#sizeBytes), this.#sizeBytes);
    this.#sizeBytes = sizeBytes;
  }

  flip(offset: number): void {
    if (offset < this.#sizeBytes) this.#buffer[offset] = (this.#buffer[offset] ?? 0) ^ 1;
  }

  take(other: GrowingBytes): void {
    this.#buffer = Buffer.from(other.view());
    this.#sizeBytes = other.#sizeBytes;
  }
}

function applyTo(bytes: GrowingBytes, change: Change): void {
  if (change.type === 'write') bytes.write(change.bytes, change.position);
  else bytes.truncate(change.sizeBytes);
}

function applyName(names: Map<string, Content>, change: NameChange): void {
  if (change.type === 'create') names.set(change.path, change.content);
  else if (change.type === 'remove') names.delete(change.path);
  else {
    const content = names.get(change.from);
    if (content) names.set(change.to, content);
    names.delete(change.from);
  }
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
