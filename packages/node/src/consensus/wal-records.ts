import { bytesToHex, crc32c, type Hash, hexToBytes } from '@heddle/primitives';

// The log's bytes, numbers big-endian:
//
//   file    "HEDLWAL1" (8) | era (8) | record ...
//   record  length of the body (4) | CRC-32C of the body (4) | body
//   body    type (1) | height (8) | bytes
//
// input: an encoded input. block: block id (32), then the block's bytes. endHeight: the height is stored; inputs of later
// heights that came before it stand behind it once more, so that nothing before it is needed any longer.
// damaged: something of this height was lost here; no vote at it or below.

/** One entry of the log. */
export type WalRecord =
  | { readonly type: 'input'; readonly height: number; readonly bytes: Uint8Array }
  | { readonly type: 'block'; readonly height: number; readonly blockId: Hash; readonly bytes: Uint8Array }
  | { readonly type: 'endHeight'; readonly height: number }
  | { readonly type: 'damaged'; readonly height: number };

const TYPES = ['input', 'block', 'endHeight', 'damaged'] as const;
const MAGIC = Buffer.from('HEDLWAL1', 'latin1');
const RECORD_HEAD_BYTES = 8;
const BODY_HEAD_BYTES = 9;
const BLOCK_ID_BYTES = 32;

/** How a log begins. */
export const WAL_HEADER_BYTES = 16;

/** The largest body: a block of the largest size (16 MiB) and its names. A longer one is damage. */
export const MAX_RECORD_BYTES = 17 * 1024 * 1024;

/** What a log's bytes hold. */
export interface WalScan {
  /** Of the header; undefined when that is damaged. */
  readonly era: number | undefined;
  readonly records: readonly WalRecord[];
  /** Where the last whole record before any damage ends. */
  readonly soundBytes: number;
  /** clean: nothing after it. torn: no whole record after it (a write was cut). middle: whole records after it. */
  readonly ending: 'clean' | 'torn' | 'middle';
  /** Highest height in any readable record, also behind damage; 0 for none. */
  readonly highestHeight: number;
  /** The last end of a height behind all damage, with what follows it without a gap; undefined: there is none. */
  readonly soundEnding: { readonly height: number; readonly records: readonly WalRecord[] } | undefined;
  /** Marks of damage, wherever they are. */
  readonly marks: readonly WalRecord[];
}

/** The first bytes of a log of `era`. */
export function encodeWalHeader(era: number): Uint8Array {
  const header = Buffer.alloc(WAL_HEADER_BYTES);
  MAGIC.copy(header);
  header.writeBigUInt64BE(BigInt(era), MAGIC.length);
  return header;
}

/** A record's bytes. */
export function encodeWalRecord(record: WalRecord): Uint8Array {
  const content = 'bytes' in record ? record.bytes : new Uint8Array(0);
  const id = record.type === 'block' ? hexToBytes(record.blockId) : new Uint8Array(0);
  const encoded = Buffer.allocUnsafe(RECORD_HEAD_BYTES + BODY_HEAD_BYTES + id.length + content.length);
  const body = encoded.subarray(RECORD_HEAD_BYTES);
  body[0] = TYPES.indexOf(record.type) + 1;
  body.writeBigUInt64BE(BigInt(record.height), 1);
  body.set(id, BODY_HEAD_BYTES);
  body.set(content, BODY_HEAD_BYTES + id.length);
  encoded.writeUInt32BE(body.length, 0);
  encoded.writeUInt32BE(crc32c(body), 4); // every byte is written
  return encoded;
}

/** Reads a whole log; what the records hold are views of `file`. Never throws: damage is part of the answer. */
export function scanWal(file: Uint8Array): WalScan {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const era = readEra(bytes);
  const records: WalRecord[] = [];
  let offset = era === undefined ? 0 : WAL_HEADER_BYTES;
  if (era !== undefined) {
    for (let next = readRecord(bytes, offset); next; next = readRecord(bytes, offset)) {
      records.push(next.record);
      offset = next.endOffset;
    }
  }
  const later = offset < bytes.length ? recordsBehindDamage(bytes, offset) : [];
  const all = [...records, ...later.map(({ record }) => record)];
  const highestHeight = all.reduce((highest, { height }) => Math.max(highest, height), 0);
  const marks = all.filter(({ type }) => type === 'damaged');
  const isWhole = offset === bytes.length && era !== undefined;
  // A header that cannot be read was cut while the log was created; in a longer file it was hit, with what followed.
  const isHit = later.length > 0 || (era === undefined && bytes.length > WAL_HEADER_BYTES);
  const ending = isWhole ? 'clean' : isHit ? 'middle' : 'torn';
  return { era, records, soundBytes: offset, ending, highestHeight, soundEnding: soundEndingOf(later), marks };
}

function readEra(bytes: Buffer): number | undefined {
  if (bytes.length < WAL_HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const era = bytes.readBigUInt64BE(MAGIC.length);
  return era <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(era) : undefined;
}

function readRecord(bytes: Buffer, offset: number): { record: WalRecord; endOffset: number } | undefined {
  if (offset + RECORD_HEAD_BYTES + BODY_HEAD_BYTES > bytes.length) return undefined;
  const size = bytes.readUInt32BE(offset);
  const start = offset + RECORD_HEAD_BYTES;
  if (size < BODY_HEAD_BYTES || size > MAX_RECORD_BYTES || start + size > bytes.length) return undefined;
  const body = bytes.subarray(start, start + size);
  const type = TYPES[(body[0] ?? 0) - 1];
  const height = body.readBigUInt64BE(1);
  if (type === undefined || height > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  if (crc32c(body) !== bytes.readUInt32BE(offset + 4)) return undefined;
  const record = recordOf(type, Number(height), body.subarray(BODY_HEAD_BYTES));
  return record && { record, endOffset: start + size };
}

function recordOf(type: WalRecord['type'], height: number, content: Buffer): WalRecord | undefined {
  if (type === 'input') return { type, height, bytes: viewOf(content) };
  if (type !== 'block') return { type, height };
  if (content.length < BLOCK_ID_BYTES) return undefined;
  const blockId = bytesToHex(content.subarray(0, BLOCK_ID_BYTES));
  return { type, height, blockId, bytes: viewOf(content.subarray(BLOCK_ID_BYTES)) };
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

interface FoundRecord {
  readonly record: WalRecord;
  readonly offset: number;
  readonly endOffset: number;
}

function soundEndingOf(found: readonly FoundRecord[]): WalScan['soundEnding'] {
  const gap = found.findLastIndex(({ offset }, index) => index > 0 && found[index - 1]?.endOffset !== offset);
  const run = found.slice(Math.max(0, gap)).map(({ record }) => record);
  const end = run.findLastIndex(({ type }) => type === 'endHeight');
  const height = run[end]?.height;
  return height === undefined ? undefined : { height, records: run.slice(end + 1) };
}

/** Whole records after a damaged place, found at any offset: a false one would need a matching checksum by chance. */
function recordsBehindDamage(bytes: Buffer, damageOffset: number): FoundRecord[] {
  const found: FoundRecord[] = [];
  for (let offset = damageOffset; offset < bytes.length; ) {
    const next = readRecord(bytes, offset);
    if (next) found.push({ ...next, offset });
    offset = next ? next.endOffset : offset + 1;
  }
  return found;
}
