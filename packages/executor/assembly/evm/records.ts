// Memory that lives as long as one transaction: accounts, slots, undo entries, logs, what precompiles return. Nothing is
// given back before the next transaction begins.
import { CHUNK_HEADER, CHUNK_NEXT, chunkEnd, giveChunk, takeChunk } from "./chunks";
import { SINK, workerArena } from "./layout";
import { outOfMemory } from "./run-state";

/** The chunk that records come from now; the full ones hang on it. */
let workerRecordChunk: usize = 0;
let workerRecordTop: usize = 0;
let workerRecordEnd: usize = 0;

/** Forgets all records of the transaction before. The first chunk stays. */
export function resetRecords(): void {
  let chunk = workerRecordChunk;
  while (chunk != 0) {
    const next: usize = load<u32>(chunk, CHUNK_NEXT);
    if (next == 0) break;
    giveChunk(chunk);
    chunk = next;
  }
  workerRecordChunk = chunk;
  workerRecordTop = chunk + CHUNK_HEADER;
  workerRecordEnd = chunk == 0 ? 0 : chunkEnd(chunk);
}

/** A small record (at most SINK_SIZE), aligned to 16, not cleared. Without memory the run is void and it is the sink. */
@inline
export function allocateRecord(size: usize): usize {
  const record = workerRecordTop;
  const top = record + ((size + 15) & ~15);
  if (top > workerRecordEnd) return allocateSlowly(size);
  workerRecordTop = top;
  return record;
}

/** `size` bytes, aligned to 16, not cleared; 0 when memory is at its end (the run is void then). */
export function allocateBytes(size: usize): usize {
  if (size > 0x7fff0000) {
    outOfMemory();
    return 0;
  }
  const rounded = (size + 15) & ~15;
  if (workerRecordChunk == 0 || rounded > workerRecordEnd - workerRecordTop) {
    const chunk = takeChunk(rounded);
    if (chunk == 0) {
      outOfMemory();
      return 0;
    }
    store<u32>(chunk, u32(workerRecordChunk), CHUNK_NEXT);
    workerRecordChunk = chunk;
    workerRecordTop = chunk + CHUNK_HEADER;
    workerRecordEnd = chunkEnd(chunk);
  }
  const bytes = workerRecordTop;
  workerRecordTop = bytes + rounded;
  return bytes;
}

function allocateSlowly(size: usize): usize {
  const bytes = allocateBytes(size);
  return bytes != 0 ? bytes : workerArena + SINK;
}
