import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as passTime } from 'node:timers/promises';
import { readIndex } from '../faults/fault-values.ts';
import { fileNotThereYet } from '../files/file-errors.ts';
import { nodeFolderPaths } from '../node-folder/node-paths.ts';
import { noChain } from './cli-errors.ts';

/** Which log, and how much of it. */
export interface LogRequest {
  readonly datadir: string;
  /** As the user wrote it. */
  readonly validator: string;
  /** The last ones. */
  readonly lines: number;
  /** Goes on until the process is ended. */
  readonly follow: boolean;
}

const FOLLOW_EVERY_MS = 250;
const CHUNK_BYTES = 64 * 1024;

/**
 * Prints the end of a validator's log, whether its devnet runs or not.
 *
 * @throws HeddleError `NO_CHAIN`, `FAULT_INVALID`, `FILE_UNREADABLE`
 */
export async function printLog({ datadir, validator, lines, follow }: LogRequest): Promise<void> {
  const count = existsSync(datadir) ? readdirSync(datadir).filter((name) => /^validator-\d+$/.test(name)).length : 0;
  if (count === 0) throw noChain(datadir);
  const index = readIndex(validator, count);
  const { logFile } = nodeFolderPaths(join(datadir, `validator-${index}`), join('..', 'genesis.json'));
  let offset = startOfLast(lines, logFile);
  for (;;) {
    offset = printFrom(logFile, offset);
    if (!follow) return;
    await passTime(FOLLOW_EVERY_MS);
    if (sizeOf(logFile) < offset) offset = 0; // it was rotated
  }
}

function sizeOf(file: string): number {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw fileNotThereYet(file);
  return size;
}

/** Where the last `lines` lines begin. */
function startOfLast(lines: number, file: string): number {
  let end = sizeOf(file);
  let wanted = lines + 1; // the newline that ends the last line is one too many
  while (end > 0) {
    const begin = Math.max(0, end - CHUNK_BYTES);
    const chunk = read(file, begin, end - begin);
    for (let place = chunk.length - 1; place >= 0; place--) {
      if (chunk[place] === 0x0a) wanted -= 1;
      if (wanted === 0) return begin + place + 1;
    }
    end = begin;
  }
  return 0;
}

/** Prints the file from `offset` to its end, and gives where that was. */
function printFrom(file: string, offset: number): number {
  let place = offset;
  for (;;) {
    const chunk = read(file, place, CHUNK_BYTES);
    if (chunk.length === 0) return place;
    process.stdout.write(chunk);
    place += chunk.length;
  }
}

function read(file: string, position: number, size: number): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(size);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, size, position));
  } finally {
    closeSync(descriptor);
  }
}
