import { join } from 'node:path';
import { concatBytes, type Hash } from '@heddle/primitives';
import { crashPoint } from '../crash-points.ts';
import { DEFAULT_CONSENSUS_LIMITS } from './consensus-limits.ts';
import { type DurableFile, type DurableFiles, diskFiles } from './durable-files.ts';
import { walBacklog, walLost, walUnwritable, walWrongEra } from './wal-errors.ts';
import {
  encodeWalHeader,
  encodeWalRecord,
  scanWal,
  WAL_HEADER_BYTES,
  type WalRecord,
  type WalScan,
} from './wal-records.ts';

/** What the log knows of one height. */
export interface WalReplay {
  /** The inputs of the height, encoded, in the order given to the core. */
  readonly inputs: readonly Uint8Array[];
  /** The blocks kept for it. */
  readonly blocks: ReadonlyMap<Hash, Uint8Array>;
  /** False: something of this height was lost. Follow it without signing; the one after is free again. */
  readonly mayVote: boolean;
}

/** What was found at opening; worth a line in the node's log unless `clean`. */
export interface WalOpening {
  readonly ending: WalScan['ending'];
  /** Where the damaged file was copied before it was cut. */
  readonly copy: string | undefined;
  /** No vote at this height or below. */
  readonly damagedHeight: number | undefined;
}

/** The write-ahead log of consensus: what the core was told, so that a restarted node comes to the same state. */
export interface Wal {
  readonly opening: WalOpening;
  /** The heights of which the log held records at opening, lowest first. */
  heights(): readonly number[];
  /** What a restarted core of `height` must be given: records of other heights are left out. Read at opening. */
  replay(height: number): WalReplay;
  /**
   * Adds an input, in memory until the next sync.
   *
   * @throws HeddleError `WAL_BACKLOG`
   */
  append(height: number, input: Uint8Array): void;
  /** Adds a whole block, kept until its height ends; a second time: nothing. Throws as {@link Wal.append} does. */
  appendBlock(height: number, blockId: Hash, bytes: Uint8Array): void;
  /**
   * Everything added so far is on the disk when it resolves; calls at the same time share one write.
   *
   * @throws HeddleError `WAL_UNWRITABLE` (try again later), `WAL_LOST` (end the process)
   */
  sync(): Promise<void>;
  /**
   * The height is in the store: its records may go. Inputs of later heights stay. Reaches the disk with the next sync, or
   * at once when much waits, since who only follows never asks for one. Throws as {@link Wal.sync} does.
   */
  endHeight(height: number): Promise<void>;
  /** Writes what waits and closes the file. */
  close(): Promise<void>;
}

/** How a log is opened. */
export interface WalOptions {
  /** An existing folder; the log is `consensus.wal` in it. */
  readonly directory: string;
  readonly era: number;
  /** The store's head: heights up to it need no records. */
  readonly headHeight: number;
  /** After the end of a height the log is rewritten when it is larger. */
  readonly rewriteAboveBytes?: number;
  /** Beyond it nothing more is taken until some of it is written. */
  readonly waitingBytes?: number;
}

const FILE_NAME = 'consensus.wal';
const DEFAULT_REWRITE_ABOVE_BYTES = 4 * 1024 * 1024;
const SYNC_ABOVE_BYTES = 256 * 1024;

/**
 * Opens the log or begins one; a log of an earlier era is put aside first, as `consensus.wal.era-<number>`. A torn tail
 * is cut off, a copy of the file kept beside it as `consensus.wal.corrupt-<n>`. Damage before whole records is cut too. If
 * the store's head ended behind it, nothing that is needed was hit; else it is marked: {@link WalReplay.mayVote} is then
 * false for the height it hit, after the next start as well.
 *
 * @throws HeddleError `WAL_WRONG_ERA`
 */
export async function openWal(options: WalOptions, files: DurableFiles = diskFiles): Promise<Wal> {
  const path = join(options.directory, FILE_NAME);
  const scan = await scanFile(path, options.era, files);
  const file = await files.open(path);
  const log = new WalFile(path, file, files, options);
  const opening = await log.begin(scan);
  return log.asWal(opening);
}

/** What stands in the file, unless it is of an earlier era: then it goes. */
async function scanFile(path: string, era: number, files: DurableFiles): Promise<WalScan | undefined> {
  const found = await files.read(path);
  const scan = found && found.length > 0 ? scanWal(found) : undefined;
  if (scan?.era === undefined || scan.era === era) return scan;
  if (scan.era > era) throw walWrongEra(path, scan.era, era);
  await files.rename(path, `${path}.era-${scan.era}`);
  return undefined;
}

class WalFile {
  readonly #path: string;
  readonly #files: DurableFiles;
  readonly #options: WalOptions;
  #file: DurableFile;
  #records: WalRecord[] = [];
  #sizeBytes = 0;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #keptBlocks = new Map<Hash, number>();
  #endedHeight: number;
  /** Inputs of heights above the coming one; the core takes few of them. */
  #early: WalRecord[] = [];
  #writing: Promise<void> = Promise.resolve();
  #nextSync: Promise<void> | undefined;
  #lost: unknown;

  constructor(path: string, file: DurableFile, files: DurableFiles, options: WalOptions) {
    this.#path = path;
    this.#file = file;
    this.#files = files;
    this.#options = options;
    this.#endedHeight = options.headHeight;
  }

  /** Makes the file what the scan says is sound. */
  async begin(scan: WalScan | undefined): Promise<WalOpening> {
    for (const record of scan?.records ?? []) this.#takeOver(record);
    if (scan?.ending === 'clean') {
      this.#sizeBytes = scan.soundBytes;
      return { ending: 'clean', copy: undefined, damagedHeight: undefined };
    }
    const isDamaged = scan?.ending === 'middle';
    const copy = scan && (await this.#keepCopy());
    await this.#file.truncate(scan?.era === undefined ? 0 : scan.soundBytes);
    this.#sizeBytes = scan?.era === undefined ? 0 : scan.soundBytes;
    if (this.#sizeBytes < WAL_HEADER_BYTES) this.#wait(encodeWalHeader(this.#options.era));
    const { headHeight } = this.#options;
    const isOld = scan?.era !== undefined && (scan.soundEnding?.height ?? -1) >= headHeight;
    const damagedHeight = isDamaged && !isOld ? Math.max(scan?.highestHeight ?? 0, headHeight + 1) : undefined;
    if (damagedHeight !== undefined) this.#addFirst({ type: 'damaged', height: damagedHeight });
    if (isDamaged && isOld && scan.soundEnding) {
      const { height, records } = scan.soundEnding;
      for (const record of [{ type: 'endHeight', height } as const, ...scan.marks, ...records]) this.#addFirst(record);
    }
    await this.#sync();
    await this.#files.syncDirectory(this.#options.directory);
    return { ending: scan?.ending ?? 'clean', copy, damagedHeight };
  }

  asWal(opening: WalOpening): Wal {
    return {
      opening,
      heights: () => [...new Set(this.#records.map(({ height }) => height))].sort((one, other) => one - other),
      replay: (height) => this.#replay(height),
      append: (height, bytes) => this.#append({ type: 'input', height, bytes }),
      appendBlock: (height, blockId, bytes) => {
        if (this.#keptBlocks.has(blockId)) return;
        crashPoint('before-block-store');
        this.#append({ type: 'block', height, blockId, bytes });
        this.#keptBlocks.set(blockId, height);
        crashPoint('after-block-store');
      },
      sync: () => this.#sync(),
      endHeight: (height) => this.#endHeight(height),
      close: async () => {
        try {
          if (this.#lost === undefined) await this.#sync();
        } finally {
          await this.#file.close();
        }
      },
    };
  }

  #replay(height: number): WalReplay {
    const before = this.#records.findLastIndex((record) => record.type === 'endHeight' && record.height === height - 1);
    const records = this.#records.slice(before + 1).filter((record) => record.height === height);
    return {
      inputs: records.flatMap((record) => (record.type === 'input' ? [record.bytes] : [])),
      blocks: new Map(records.flatMap((record) => (record.type === 'block' ? [[record.blockId, record.bytes]] : []))),
      mayVote: !this.#records.some((record) => record.type === 'damaged' && record.height >= height),
    };
  }

  /** While the log is opened: a record that is in the file. */
  #takeOver(record: WalRecord): void {
    this.#records.push(record);
    if (record.type === 'block') this.#keptBlocks.set(record.blockId, record.height);
    this.#noteEarly(record);
  }

  /** While the log is opened: a record that comes into the file. */
  #addFirst(record: WalRecord): void {
    this.#takeOver(record);
    this.#wait(encodeWalRecord(record));
  }

  #noteEarly(record: WalRecord): void {
    if (record.type === 'input' && record.height > this.#endedHeight + 1) this.#early.push(record);
  }

  #append(record: WalRecord): void {
    const { waitingBytes = DEFAULT_CONSENSUS_LIMITS.logWaitingBytes } = this.#options;
    if (this.#waitingBytes > waitingBytes) throw walBacklog(this.#path, this.#waitingBytes);
    crashPoint('before-wal-append');
    this.#wait(encodeWalRecord(record));
    this.#noteEarly(record);
    crashPoint('after-wal-append');
  }

  #wait(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  /** Calls that come while one write runs share the next. */
  #sync(): Promise<void> {
    if (this.#nextSync) return this.#nextSync;
    const turn = this.#writing.then(() => {
      this.#nextSync = undefined;
      return this.#write();
    });
    this.#nextSync = turn;
    this.#writing = turn.catch(() => undefined); // its callers hear of it; the next write must still have its turn
    return turn;
  }

  async #write(): Promise<void> {
    if (this.#lost !== undefined) throw walLost(this.#path, this.#lost);
    const batch = [...this.#waiting]; // more may come while this is written
    if (batch.length === 0) return;
    const bytes = concatBytes(...batch);
    try {
      await this.#file.write(bytes, this.#sizeBytes);
    } catch (cause) {
      throw walUnwritable(this.#path, cause); // what was half written is overwritten at the same place next time
    }
    crashPoint('before-wal-sync');
    try {
      await this.#file.datasync();
    } catch (cause) {
      this.#lost = cause;
      throw walLost(this.#path, cause);
    }
    crashPoint('after-wal-sync');
    this.#sizeBytes += bytes.length;
    this.#waiting = this.#waiting.slice(batch.length);
    this.#waitingBytes -= bytes.length;
  }

  async #endHeight(height: number): Promise<void> {
    crashPoint('before-end-height');
    const early = this.#early.filter((record) => record.height > height);
    this.#endedHeight = height;
    this.#early = [];
    this.#append({ type: 'endHeight', height });
    for (const record of early) this.#append(record); // once more: damage before the end of a height then costs nothing
    const { rewriteAboveBytes = DEFAULT_REWRITE_ABOVE_BYTES } = this.#options;
    const isLarge = this.#sizeBytes + this.#waitingBytes > rewriteAboveBytes;
    if (isLarge || this.#waitingBytes > SYNC_ABOVE_BYTES) await this.#sync();
    crashPoint('after-end-height');
    this.#records = this.#records.filter((record) => record.height > height);
    for (const [blockId, keptFor] of this.#keptBlocks) if (keptFor <= height) this.#keptBlocks.delete(blockId);
    if (!isLarge) return;
    const turn = this.#writing.then(() => this.#rewrite(height));
    this.#writing = turn.catch(() => undefined);
    await turn;
  }

  /** A new file with what is above `height`: early messages of the next heights are inputs that a replay needs. */
  async #rewrite(height: number): Promise<void> {
    const bytes = (await this.#files.read(this.#path)) ?? new Uint8Array(0);
    const { records } = scanWal(bytes.subarray(0, this.#sizeBytes));
    const ended = records.findLastIndex((record) => record.type === 'endHeight' && record.height === height);
    const kept = records.slice(ended + 1).filter((record) => record.height > height);
    const end = encodeWalRecord({ type: 'endHeight', height });
    const content = concatBytes(encodeWalHeader(this.#options.era), end, ...kept.map(encodeWalRecord));
    const temporary = `${this.#path}.new`;
    await this.#files.remove(temporary);
    const next = await this.#writeNew(temporary, content);
    if (!next) return; // no space: the old file is whole and goes on; the next height tries again
    try {
      await this.#files.rename(temporary, this.#path);
      await this.#files.syncDirectory(this.#options.directory);
    } catch (cause) {
      await next.close();
      this.#lost = cause; // which of the two files a restart would find is unknown
      throw walLost(this.#path, cause);
    }
    await this.#file.close();
    this.#file = next;
    this.#sizeBytes = content.length;
  }

  /** Undefined, and no file, when the disk refuses. */
  async #writeNew(path: string, content: Uint8Array): Promise<DurableFile | undefined> {
    let file: DurableFile | undefined;
    try {
      file = await this.#files.open(path); // a full disk may refuse even an empty file
      await file.write(content, 0);
      await file.datasync();
      return file;
    } catch {
      await file?.close();
      await this.#files.remove(path);
      return undefined;
    }
  }

  async #keepCopy(): Promise<string> {
    const names = new Set(await this.#files.list(this.#options.directory));
    let number = 1;
    while (names.has(`${FILE_NAME}.corrupt-${number}`)) number++;
    const copy = `${this.#path}.corrupt-${number}`;
    await this.#files.copy(this.#path, copy);
    return copy;
  }
}
