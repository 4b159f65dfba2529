// Memory that lives as long as the block. Each worker takes chunks from the shared pool and cuts them up; nothing is
// given back before the block ends, so a pointer seen once stays good (no ABA).
import { ASSERT_POOL_BOUNDS, check } from "./debug";
import { CHUNK_SIZE, POOL_END, POOL_SPECULATIVE_END, POOL_TOP } from "./layout";

/** Next free byte of this worker's chunk. */
let workerArenaTop: usize = 0;
let workerArenaEnd: usize = 0;
/** The same of the chunk that is set aside: one is for runs that may use the reserve, one for the others. */
let workerOtherTop: usize = 0;
let workerOtherEnd: usize = 0;
/** Whether this worker may use the reserve: it runs, or commits, the frontier's transaction. */
let workerUsesReserve: bool = false;

/** Forgets the chunks of the last block. */
export function resetArena(): void {
  workerArenaTop = 0;
  workerArenaEnd = 0;
  workerOtherTop = 0;
  workerOtherEnd = 0;
  workerUsesReserve = false;
}

/** Opens or closes the reserve for this worker; returns what it was. */
export function useReserve(allowed: bool): bool {
  const before = workerUsesReserve;
  if (allowed != before) exchangeChunks();
  workerUsesReserve = allowed;
  return before;
}

/** Whether this worker may use the reserve, of the pool and of the table of locations. */
export function usesReserve(): bool {
  return workerUsesReserve;
}

/** Speculation must not cut up what was taken from the reserve. */
function exchangeChunks(): void {
  const top = workerArenaTop;
  const end = workerArenaEnd;
  workerArenaTop = workerOtherTop;
  workerArenaEnd = workerOtherEnd;
  workerOtherTop = top;
  workerOtherEnd = end;
}

/** `size` bytes, aligned to 16, not cleared; 0 when the pool is empty for this worker. */
export function allocate(size: usize): usize {
  const rounded = (size + 15) & ~15;
  const start = workerArenaTop;
  if (start + rounded <= workerArenaEnd) {
    workerArenaTop = start + rounded;
    return start;
  }
  if (rounded > CHUNK_SIZE / 4) return takeFromPool(rounded);
  const chunk = takeFromPool(CHUNK_SIZE);
  if (chunk == 0) return 0;
  workerArenaTop = chunk + rounded;
  workerArenaEnd = chunk + CHUNK_SIZE;
  return chunk;
}

/** Whether `count` times `size` bytes can be had from the reserve; the holder of the token, whose it is. */
export function hasReserve(count: usize, size: usize): bool {
  const rounded = (size + 15) & ~15;
  if (workerArenaTop + count * rounded <= workerArenaEnd) return true;
  const chunks = count / (CHUNK_SIZE / rounded) + 1;
  const speculativeEnd: usize = load<u32>(POOL_SPECULATIVE_END);
  const top: usize = atomic.load<u32>(POOL_TOP);
  return max(top, speculativeEnd) + chunks * CHUNK_SIZE <= <usize>load<u32>(POOL_END);
}

function takeFromPool(size: usize): usize {
  const end: usize = workerUsesReserve ? load<u32>(POOL_END) : load<u32>(POOL_SPECULATIVE_END);
  while (true) {
    const top: usize = atomic.load<u32>(POOL_TOP);
    if (size > end || top > end - size) return 0;
    if (atomic.cmpxchg<u32>(POOL_TOP, u32(top), u32(top + size)) == u32(top)) {
      check(top + size <= <usize>load<u32>(POOL_END), ASSERT_POOL_BOUNDS);
      return top;
    }
  }
}
