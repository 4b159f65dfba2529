import { maskedChecksum, uint32At } from './level-checksum.ts';

// LevelDB's write-ahead log (its doc/log_format.md): blocks of 32 KiB, in each records of
//
//   masked crc32c of type and content 4 | content size 2 | type 1 | content           numbers little-endian
//
// A batch is one record of type FULL, or FIRST, MIDDLE …, LAST. Where a checksum is wrong LevelDB drops the rest of the
// block and goes on.

const BLOCK_SIZE = 32_768;
const HEADER_SIZE = 7;
const FULL = 1;
const FIRST = 2;
const LAST_TYPE = 4;

/**
 * Whether all that is damaged in the log is its end: what a power cut leaves of the batch that was being written, which
 * nobody was told to be on disk. False when a batch begins after the damage: something in the middle is lost.
 */
export function isOnlyEndDamaged(log: Uint8Array): boolean {
  const damage = firstDamage(log);
  if (damage === undefined) return true;
  for (let offset = damage + 1; offset < log.length; offset++) {
    const record = recordAt(log, offset);
    if (record && (record.type === FULL || record.type === FIRST) && isSound(log, offset, record.size)) return false;
  }
  return true;
}

function firstDamage(log: Uint8Array): number | undefined {
  let offset = 0;
  while (offset < log.length) {
    const leftInBlock = BLOCK_SIZE - (offset % BLOCK_SIZE);
    const record = recordAt(log, offset);
    if (leftInBlock < HEADER_SIZE || (record?.type === 0 && record.size === 0)) {
      offset += leftInBlock; // a trailer, or room that was reserved and never written
      continue;
    }
    if (!record || !isSound(log, offset, record.size)) return offset;
    offset += HEADER_SIZE + record.size;
  }
  return undefined;
}

/** Type and content size at `offset`, if a record can stand there. */
function recordAt(log: Uint8Array, offset: number): { type: number; size: number } | undefined {
  const leftInBlock = BLOCK_SIZE - (offset % BLOCK_SIZE);
  const [low, high, type] = log.subarray(offset + 4, offset + HEADER_SIZE);
  if (low === undefined || high === undefined || type === undefined || type > LAST_TYPE) return undefined;
  const size = low | (high << 8);
  return HEADER_SIZE + size <= Math.min(leftInBlock, log.length - offset) ? { type, size } : undefined;
}

function isSound(log: Uint8Array, offset: number, size: number): boolean {
  return maskedChecksum(log.subarray(offset + HEADER_SIZE - 1, offset + HEADER_SIZE + size)) === uint32At(log, offset);
}
