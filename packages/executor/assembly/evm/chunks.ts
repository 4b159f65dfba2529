// Memory in chunks of 64 KiB times a power of two, given back to lists by size and never split or joined: what was
// taken once of a size serves every later transaction, so memory stands at the most that one transaction needed. Beyond a
// limit of its own the host goes on with a new instance.
import { FREE_CHUNKS, workerArena } from "./layout";

const SMALLEST_LOG2: u32 = 16;
const SIZES: u32 = 16;
/** Of a chunk: its size's number, then the next one of whoever lists it. The bytes after are the taker's. */
const CHUNK_CLASS: usize = 0;
export const CHUNK_NEXT: usize = 4;
export const CHUNK_HEADER: usize = 16;
const PAGE: usize = 65536;
/** 16 MiB. */
const MOST_PAGES_AHEAD: i32 = 256;

/** First byte that was never part of a chunk. */
let workerChunksTop: usize = 0;
/** Where chunks may reach to. */
let workerChunksEnd: usize = 0;

/** Says from where to where chunks may lie. */
export function placeChunks(start: usize, end: usize): void {
  workerChunksTop = (start + 15) & ~15;
  workerChunksEnd = end;
  memory.fill(workerArena + FREE_CHUNKS, 0, 4 * SIZES);
}

/** A chunk with at least `size` bytes behind its header, not cleared; 0 when memory is at its end. */
export function takeChunk(size: usize): usize {
  if (size > 0x7fff0000) return 0;
  const needed = size + CHUNK_HEADER;
  let log2 = SMALLEST_LOG2;
  while (usize(1) << log2 < needed) log2++;
  const kind = log2 - SMALLEST_LOG2;
  const list = workerArena + FREE_CHUNKS + (usize(kind) << 2);
  const free: usize = load<u32>(list);
  if (free != 0) {
    store<u32>(list, load<u32>(free, CHUNK_NEXT));
    return free;
  }
  const bytes = usize(1) << log2;
  if (bytes > workerChunksEnd - workerChunksTop) return 0;
  const chunk = workerChunksTop;
  if (!reach(chunk + bytes)) return 0;
  workerChunksTop = chunk + bytes;
  store<u32>(chunk, kind, CHUNK_CLASS);
  return chunk;
}

/** Gives `chunk` back. */
export function giveChunk(chunk: usize): void {
  const list = workerArena + FREE_CHUNKS + (usize(load<u32>(chunk, CHUNK_CLASS)) << 2);
  store<u32>(chunk, load<u32>(list), CHUNK_NEXT);
  store<u32>(list, u32(chunk));
}

/** Where `chunk` ends. */
export function chunkEnd(chunk: usize): usize {
  return chunk + (usize(1) << (SMALLEST_LOG2 + load<u32>(chunk, CHUNK_CLASS)));
}

/** Grows by more than is missing, since each growth costs V8 the same: to twice the size, by 16 MiB at most. */
function reach(end: usize): bool {
  const size = memory.size();
  const missing = i32((end + PAGE - 1) / PAGE) - size;
  if (missing <= 0) return true;
  const roomy = min(size, MOST_PAGES_AHEAD);
  return (roomy > missing && memory.grow(roomy) >= 0) || memory.grow(missing) >= 0;
}
