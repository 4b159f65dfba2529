import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scanWal, WAL_HEADER_BYTES } from '../src/consensus/wal-records.ts';

/** A record of a log as it lies in the file. */
export interface RecordPlace {
  readonly height: number;
  readonly type: string;
  readonly startByte: number;
  readonly endByte: number;
}

/** Bytes before a record's body: its length and its checksum. */
const RECORD_HEAD_BYTES = 8;

/** The log of consensus in a validator's `wal` folder. */
export function walPath(folder: string): string {
  return join(folder, 'consensus.wal');
}

/** Where the whole records of a log lie. */
export function recordPlaces(path: string): RecordPlace[] {
  const bytes = readFileSync(path);
  let startByte = WAL_HEADER_BYTES;
  return scanWal(bytes).records.map(({ height, type }) => {
    const endByte = startByte + RECORD_HEAD_BYTES + bytes.readUInt32BE(startByte);
    const place = { height, type, startByte, endByte };
    startByte = endByte;
    return place;
  });
}

/** Flips one bit in the middle of a record's body. */
export function flipBit(path: string, { startByte, endByte }: RecordPlace): void {
  const bytes = readFileSync(path);
  const at = Math.floor((startByte + RECORD_HEAD_BYTES + endByte) / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  writeFileSync(path, bytes);
}
