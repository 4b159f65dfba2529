// Memory for nodes and for what one root needs. Taken in chunks by each worker, given back by none: a space is left as
// a whole by a collection, the job's region by the next job.
import { JOB_TOP, NODE_CHUNK_SIZE, SPACE_0, SPACE_1, SPACE_START, SPACE_TOP, SPACES_END } from "./layout";

/** Given by the host: throws. */
@external("env", "full")
declare function full(): void;

/** Next free byte of this worker's chunk of nodes. */
let workerNodesTop: usize = 0;
let workerNodesEnd: usize = 0;

const PAGE_SIZE: usize = 65536;
/** Memory grows by this much at least, pages. */
const GROWTH: i32 = 256;

/** Forgets the chunk of the last job; its space may be another one now. */
export function resetNodes(): void {
  workerNodesTop = 0;
  workerNodesEnd = 0;
}

/** `size` bytes for a node, aligned to 8, not cleared. */
export function allocateNode(size: usize): usize {
  const rounded = (size + 7) & ~7;
  if (workerNodesTop + rounded > workerNodesEnd) {
    const chunk = rounded > NODE_CHUNK_SIZE ? rounded : NODE_CHUNK_SIZE;
    const end: usize = <usize>load<u32>(SPACE_START) == SPACE_0 ? SPACE_1 : SPACES_END;
    workerNodesTop = take(SPACE_TOP, chunk, end);
    workerNodesEnd = workerNodesTop + chunk;
  }
  const node = workerNodesTop;
  workerNodesTop += rounded;
  return node;
}

/** `size` bytes, aligned to 8, that last as long as the job. */
export function allocateInJob(size: usize): usize {
  return take(JOB_TOP, (size + 7) & ~7, SPACE_0);
}

function take(top: usize, size: usize, end: usize): usize {
  const start: usize = atomic.add<u32>(top, u32(size));
  if (start + size > end) full();
  reach(start + size);
  return start;
}

/** Makes the job's region usable up to `end`. */
export function reachInJob(end: usize): void {
  if (end > SPACE_0) full();
  reach(end);
}

/** Makes all bytes up to `end` usable. */
export function reach(end: usize): void {
  while (usize(memory.size()) * PAGE_SIZE < end) {
    const missing = i32((end - usize(memory.size()) * PAGE_SIZE + PAGE_SIZE - 1) / PAGE_SIZE);
    if (memory.grow(missing > GROWTH ? missing : GROWTH) < 0 && memory.grow(missing) < 0) full();
  }
}
